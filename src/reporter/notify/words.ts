import { oneLine } from '../../support/harmless.ts';
import type { Notice, NoticeFailure, NoticeTest } from './notice.ts';
import type { BrokenSince } from './standing.ts';

/** `1 test`, `3 tests`; thousands with a thin space. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${String(number).replace(/\B(?=(\d{3})+$)/g, '\u2009')} ${number === 1 ? one : many}`;
}

/** `6 ms`, `0.9 s`, `41 s`, `1 m 12 s`, `1 h 04 m`, `3 days`. Never below zero. */
export function duration(ms: number): string {
  if (ms < 500) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 48 * 60) return `${Math.floor(minutes / 1_440)} days`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} m`;
}

/** `main`, `v1.2`, `pull request 7`. */
export function placeOf({ ref, event }: Pick<Notice, 'ref' | 'event'>): string {
  const pull = /^refs\/(?:pull|merge-requests|pull-requests)\/(\d+)/.exec(ref)?.[1];
  if (pull !== undefined || event.startsWith('pull_request')) return `pull request ${pull ?? shortRef(ref)}`;
  return shortRef(ref);
}

/** First seven digits. */
export function shortSha(sha: string): string {
  return sha.slice(0, 7);
}

/** Who it was, without the address. */
export function nameOf(author: string): string {
  return clip(oneLine(author.replace(/\s*<[^>]*>\s*$/, '') || author), 120);
}

/** Text of at most `length` characters, cut with an ellipsis; never within a surrogate pair. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, Math.max(0, length - 1));
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** The first thing to be read: `main of acme/app is broken: 3 tests failed`. */
export function sentenceOf(notice: Notice): string {
  return `${placeWords(notice)} of ${oneLine(notice.repository)} ${predicate(notice)}`;
}

/** The same for the subject of a mail: the repository first, so that they sort. */
export function subjectOf(notice: Notice): string {
  const trial = notice.isTrial ? 'Test: ' : '';
  return clip(`${trial}[${oneLine(notice.repository)}] ${placeWords(notice)} ${predicate(notice)}`, 200);
}

function placeWords(notice: Notice): string {
  return clip(oneLine(placeOf(notice)), 80);
}

function predicate(notice: Notice): string {
  const { occasion, since, instead, brokenForMs, reason } = notice;
  switch (occasion) {
    case 'broken':
      return `is broken${whatFailed(notice)}`;
    case 'still_failing':
      return `is still broken${whatFailed(notice)}`;
    case 'moved':
      return `is broken since ${shortSha(since?.sha ?? '')}, not since ${shortSha(instead?.sha ?? '')}`;
    case 'fixed':
      return `is green again${brokenForMs === null ? '' : `, after ${duration(brokenForMs)}`}`;
    case 'failure':
      return `failed at ${shortSha(notice.commit.sha)}${whatFailed(notice)}`;
    case 'success':
      return `passed at ${shortSha(notice.commit.sha)}`;
    case 'error':
      return `could not be tested${reason === null ? '' : `: ${clip(oneLine(reason), 200)}`}`;
    case 'cancelled':
      return `was cancelled at ${shortSha(notice.commit.sha)}${reason === null ? '' : `: ${clip(oneLine(reason), 200)}`}`;
    default:
      return occasion satisfies never;
  }
}

/** `: 3 tests failed`, `: step "npm test" failed, exit code 1`; empty where nothing is known. */
function whatFailed({ tests, failure, conclusion }: Notice): string {
  if (tests !== null && tests.failed > 0) return `: ${count(tests.failed, 'test')} failed`;
  if (conclusion === 'timed_out') return ': it timed out';
  return failure === null ? '' : `: ${failureWords(failure)}`;
}

/** `step "npm test" failed, exit code 1`, `job "test" failed`. */
export function failureWords({ job, step, exit, reason }: NoticeFailure): string {
  const what = step === null ? `job "${clip(oneLine(job), 80)}"` : `step "${clip(oneLine(step), 80)}"`;
  const how = exit ?? (reason === null ? null : clip(oneLine(reason), 200));
  return `${what} failed${how === null ? '' : `, ${how}`}`;
}

/** `Broken since 4f1c9ab by Ada Bergström, 3 commits ago`, and how sure that is; null where nothing is broken. */
export function sinceWords({ since, occasion, commit }: Notice): string | null {
  if (since === null) return null;
  const verb = occasion === 'fixed' ? 'It was broken since' : 'Broken since';
  const when = since.sha === commit.sha ? ', this commit' : agoWords(since, occasion === 'fixed');
  return `${verb} ${shortSha(since.sha)} by ${nameOf(since.author)}${when}${occasion === 'fixed' ? '' : doubtWords(since)}`;
}

function agoWords({ commitsAgo }: BrokenSince, isPast: boolean): string {
  return isPast || commitsAgo === 0 ? '' : `, ${count(commitsAgo, 'commit')} ago`;
}

/** Why the named commit may not be the one; empty where it is known to be. */
function doubtWords({ untested, isCertain }: BrokenSince): string {
  if (isCertain) return '';
  if (untested === 0) return '; no commit before it is known to pass';
  const which = untested === 1 ? 'the commit before it, which was' : `one of ${untested} commits before it that were`;
  return `, or since ${which} not tested`;
}

/** Jobs of one test that are named. */
const MOST_JOBS = 4;

/** `cart > adds tax` */
export function testName({ suite, name }: NoticeTest): string {
  return clip(oneLine(suite === '' ? name : `${suite} > ${name}`), 200);
}

/** `src/cart.test.ts:142`; empty where it is not known. Of a path that is too long the folders go first. */
export function testPlace({ file, line }: NoticeTest): string {
  const place = file === null ? '' : oneLine(line === null ? file : `${file}:${line}`);
  return place.length > 160 ? `…${place.slice(-159)}` : place;
}

/** `flaky, failed 4 of its last 20 tries`; empty for a test that is not. */
export function flakyWords({ isFlaky, history }: NoticeTest): string {
  if (!isFlaky) return '';
  if (history?.tries === undefined) return 'flaky';
  return `flaky, failed ${history.failed_tries} of its last ${count(history.tries, 'try', 'tries')}`;
}

/** `in 5 jobs: unit (20), unit (22), lint and 2 more`; empty for a test that failed in one alone. */
export function jobsWords({ job, otherJobs = [] }: NoticeTest): string {
  if (otherJobs.length === 0) return '';
  const jobs = [job, ...otherJobs];
  const named = jobs.slice(0, MOST_JOBS).map((name) => clip(oneLine(name), 80));
  const more = jobs.length - named.length;
  return `in ${count(jobs.length, 'job')}: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Where a test is, in which jobs it failed, and that it is flaky; empty where there is nothing to say. */
export function testRemarks(test: NoticeTest): string {
  return [testPlace(test), jobsWords(test), flakyWords(test)].filter((words) => words !== '').join(', ');
}

/** `In job test: step "npm test" failed, exit code 1` */
export function failureHead(failure: NoticeFailure): string {
  return `In job ${clip(oneLine(failure.job), 80)}: ${failureWords(failure)}`;
}

/** What is said of the branch, each with the title of the commit that it is about: since when, and what mended it. */
export function statementsOf(notice: Notice): readonly (readonly [words: string, title: string])[] {
  const since = sinceWords(notice);
  const { commit, occasion } = notice;
  const title = (text = '') => clip(oneLine(text), 200);
  return [
    ...(since === null ? [] : [[since, title(notice.since?.title)] as const]),
    ...(occasion === 'fixed'
      ? [[`Green with ${shortSha(commit.sha)} by ${nameOf(commit.author)}`, title(commit.title)] as const]
      : []),
  ];
}

/** `and 7 more failing tests`; null where all are named. `shown`: how many of the cases were. */
export function moreTests({ tests }: Notice, shown: number): string | null {
  const named = (tests?.cases ?? []).slice(0, shown).reduce((sum, { otherJobs = [] }) => sum + 1 + otherJobs.length, 0);
  const more = (tests?.failed ?? 0) - named;
  return more > 0 ? `and ${count(more, 'more failing test')}` : null;
}

/** What there is to know beside: name and value, in the order in which they are shown. */
export function factsOf(notice: Notice): readonly (readonly [name: string, value: string])[] {
  const { commit, run, workflow, durationMs, ref } = notice;
  const attempt = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
  const took = durationMs === null ? '' : `, ${duration(durationMs)}`;
  return [
    ['Commit', `${shortSha(commit.sha)} ${clip(oneLine(commit.title), 200)}`],
    ['Author', nameOf(commit.author)],
    [ref.startsWith('refs/tags/') ? 'Tag' : 'Branch', clip(oneLine(placeOf(notice)), 200)],
    ['Run', `${clip(oneLine(workflow), 100)}, #${run.number}${attempt}${took}`],
  ];
}

function shortRef(ref: string): string {
  if (ref === 'HEAD') return 'detached HEAD';
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}
