import type { Conclusion, Status } from '../model/conclusion.ts';

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

/** How long ago: `12 s`, `38 min`, `5 h`, `yesterday`, `3 days`; from 8 weeks on the date. */
export function age(at: Date, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - at.getTime()) / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  const days = Math.floor(seconds / 86_400);
  if (days === 1) return 'yesterday';
  return days < 56 ? `${days} days` : at.toISOString().slice(0, 10);
}

/**
 * Time of the day where the server is: `12:01:46.912`; without milliseconds where git keeps none, and with the day where
 * it is not that of `other`.
 */
export function clockTime(at: Date, other: Date = at): string {
  const isSameDay = at.toDateString() === other.toDateString();
  const day = isSameDay ? '' : `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} `;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return at.getMilliseconds() === 0 ? day + time : `${day}${time}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

/** `1 job`, `3 jobs`, thousands with a thin space. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${String(number).replace(/\B(?=(\d{3})+$)/g, '\u2009')} ${number === 1 ? one : many}`;
}

/** Who it was, without the address. */
export function nameOf(author: string): string {
  return author.replace(/\s*<[^>]*>\s*$/, '') || author;
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
