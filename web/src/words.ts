import type { Conclusion, Status } from '../../src/model/conclusion.ts';
import { slotsInUse } from '../../src/model/pool.ts';

/** What a lamp shows: the conclusion, or the status while there is none. */
export type Lamp = Conclusion | 'queued' | 'in_progress' | 'retried' | 'draining';

const WORDS: Readonly<Record<Lamp, string>> = {
  queued: 'waiting',
  in_progress: 'running',
  success: 'passed',
  failure: 'failed',
  error: 'could not be tested',
  cancelled: 'cancelled',
  timed_out: 'timed out',
  skipped: 'skipped',
  retried: 'passed after retry',
  draining: 'draining',
};

/** What counts for a commit with several workflows: the first of these that one of them has. */
export const WORST_FIRST: readonly Lamp[] = [
  ...(['failure', 'error', 'timed_out', 'in_progress', 'queued'] as const),
  ...(['cancelled', 'retried', 'success', 'skipped'] as const),
];

/** The lamp of a run, job or step. */
export function lampOf(status: Status, conclusion: Conclusion | null): Lamp {
  if (status === 'completed') return conclusion ?? 'error';
  return status;
}

/** The same of a run or a job: one that passed after it had failed is not like others that passed. */
export function lampOfTried(
  status: Status,
  { conclusion, isRetried }: { readonly conclusion: Conclusion | null; readonly isRetried: boolean },
): Lamp {
  return isRetried && conclusion === 'success' ? 'retried' : lampOf(status, conclusion);
}

/** Its word: `passed`, `could not be tested`. */
export function wordOf(lamp: Lamp): string {
  return WORDS[lamp];
}

/** `6 ms`, `0.9 s`, `41 s`, `1 m 12 s`, `1 h 04 m`, `3 days`. Never below zero: clocks of two machines may differ. */
export function duration(ms: number): string {
  if (ms < 500) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${two(seconds % 60)} s`;
  if (seconds >= 48 * 3_600) return `${Math.floor(seconds / 86_400)} days`;
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}

/** What is left of the usual time, which is known in milliseconds: `1 m 12 s left`, `over by 20 s`. */
export function timeLeft(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000) * 1_000;
  return ms >= 0 ? `${wholeSeconds(seconds)} left` : `over by ${wholeSeconds(seconds)}`;
}

/** A time that goes on each second, without parts of one: `0 s`, `41 s`, `1 m 12 s`. */
export function wholeSeconds(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}

/** For how long something holds: `38 min`, `11 h`, `6 days`, `3 weeks`, `5 months`. */
export function period(ms: number): string {
  const minutes = Math.max(0, Math.floor(ms / 60_000));
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1_000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h`;
  const days = Math.floor(hours / 24);
  if (days < 21) return days === 1 ? '1 day' : `${days} days`;
  return days < 120 ? `${Math.floor(days / 7)} weeks` : `${Math.floor(days / 30)} months`;
}

/** How long ago: `12 s`, `38 min`, `5 h`, `1 day`, `3 days`; from 8 weeks on the date. */
export function age(at: Date, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - at.getTime()) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  const days = Math.floor(seconds / 86_400);
  if (days === 1) return '1 day';
  return days < 56 ? `${days} days` : at.toISOString().slice(0, 10);
}

/** The same as an end of a sentence: `38 min ago`, `1 day ago`, `on 2026-08-16`. */
export function ago(at: Date, now: Date): string {
  const words = age(at, now);
  return /^\d{4}-/.test(words) ? `on ${words}` : `${words} ago`;
}

/**
 * Time of the day where this program is, or in UTC: `12:01:46.912`; without milliseconds where git keeps none, and with the day where
 * it is not that of `otherMoment`.
 */
export function clockTime(moment: Date, otherMoment: Date = moment, zone: 'here' | 'UTC' = 'here'): string {
  const [at, other] = zone === 'here' ? [moment, otherMoment] : [asUtc(moment), asUtc(otherMoment)];
  const isSameDay = at.toDateString() === other.toDateString();
  const day = isSameDay ? '' : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return at.getMilliseconds() === 0 ? day + time : `${day}${time}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** The time whose parts here are those of `at` in UTC. */
function asUtc(at: Date): Date {
  return new Date(at.getTime() + at.getTimezoneOffset() * 60_000);
}

/** `1 job`, `3 jobs`, thousands with a thin space; without words the number alone. */
export function count(number: number, one = '', many = `${one}s`): string {
  const digits = String(number).replace(/\B(?=(\d{3})+$)/g, '\u2009');
  return one === '' ? digits : `${digits} ${number === 1 ? one : many}`;
}

/** `3 of 8 slots busy`; where no runner takes jobs, that. */
export function slotWords(busy: number, slots: number): string {
  return slots === 0 ? 'no runner takes jobs' : `${busy} of ${count(slots, 'slot')} busy`;
}

/** The same of runners as the API lists them. */
export function slotWordsOf(runners: readonly ListedRunner[]): string {
  const { busy, slots } = slotsInUse(
    runners.map(({ low_disk, ...one }) => (low_disk ? { ...one, lowDisk: low_disk } : one)),
  );
  return slotWords(busy, slots);
}

/** A runner of the API, as far as its slots are counted. */
interface ListedRunner {
  readonly state: string;
  readonly slots: number;
  readonly executions: readonly unknown[];
  readonly low_disk?: object | null | undefined;
}

/** Who it was, without the address. */
export function nameOf(author: string): string {
  return author.replace(/\s*<[^>]*>\s*$/, '') || author;
}

/** A workflow without a name is called by its path; where there is little room, by its file. */
export function shortWorkflow(name: string): string {
  return name.replace(/^\.github\/workflows\//, '');
}

/** A branch or tag as people call it. */
export function shortRef(ref: string): string {
  if (ref === 'HEAD') return 'detached HEAD';
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

/** `512 B`, `3.4 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${['B', 'kB', 'MB', 'GB'][power]}`;
}

/** How far a breakage, as the API tells it, can be told for sure. */
interface Doubt {
  readonly untested: number;
  readonly is_certain: boolean;
}

/** What follows the name of the culprit: `, 3 commits ago`, and how sure that is. `here`: for the newest commit. */
export function breakageWords(breakage: Doubt & { readonly commits_ago: number }, here: string): string {
  const { commits_ago: later } = breakage;
  return `, ${later === 0 ? here : `${count(later, 'commit')} ago`}${doubtWords(breakage)}`;
}

/** Why the named commit may not be the culprit; empty where it is known to be. */
export function doubtWords({ untested, is_certain: isCertain }: Doubt): string {
  if (isCertain) return '';
  if (untested === 0) return '; no commit before it is known to pass';
  const which = untested === 1 ? 'the commit before it, which was' : `one of ${untested} commits before it that were`;
  return `, or since ${which} not tested`;
}
