import { withoutColours } from '../model/failure-line.ts';
import type { JobRecord } from '../store/job-record.ts';
import type { RunDetail } from '../store/read-jobs.ts';
import type { NotedTest, RunTests } from '../store/tests.ts';
import { removedWords } from './api-log.ts';
import type { WebContext } from './context.ts';

/** Failing jobs whose logs are looked into, and failing tests that are looked for there. */
const MAX_JOBS = 4;
const MAX_TESTS = 20;
/** Lines before the first failure and after it where a test is looked for; the answer is at most 1 MB. */
const BEFORE = 200;
const WINDOW = 2_000;
/** Lines that are shown of a step that failed without a test, and how many of them stand before the failure. */
const SHOWN = 14;
const SHOWN_BEFORE = 5;
/** Characters of such a line, and of what is looked for. */
const MAX_LINE = 400;
const MIN_SOUGHT = 4;
/** Lines of code before the failing one, and after it. */
const CODE_BEFORE = 3;
const CODE_AFTER = 2;

type Sources = Pick<WebContext, 'logReaders' | 'operations'>;

/** A step that failed, with the lines where it did. */
export interface FailingStep {
  readonly job: number;
  readonly name: string;
  readonly step: string;
  readonly exit_code: number | null;
  /** The line that tells of the failure, counted from 1; null: the log is not kept any more. */
  readonly hit: number | null;
  readonly lines: readonly { readonly n: number; readonly text: string }[];
}

/** Lines of a file around one of them. */
export interface CodeFrame {
  readonly file: string;
  readonly line: number;
  readonly lines: readonly { readonly n: number; readonly text: string }[];
}

/** The line of a log that tells of a failing test. */
export interface TestLine {
  readonly job: number;
  readonly suite: string;
  readonly name: string;
  readonly line: number;
}

/** What the page of a failed run tells besides the run: where in logs and code its failures are. All of it is bounded. */
export async function failingPlaces(sources: Sources, { run, jobs }: RunDetail, tests: RunTests | undefined) {
  const failing = (tests?.noted ?? []).filter(({ conclusion }) => conclusion === 'failure');
  const bad = jobs.filter((job) => job.state === 'completed' && job.execution > 0 && isBad(job));
  const withTests = new Set(failing.map(({ job }) => job));
  const steps: FailingStep[] = [];
  const lines: TestLine[] = [];
  for (const job of bad.filter(({ id }) => withTests.has(id)).slice(0, MAX_JOBS))
    lines.push(...(await testLines(sources, job, failing)));
  for (const job of bad.filter(({ id }) => !withTests.has(id)).slice(0, MAX_JOBS)) {
    const step = await failingStep(sources, job);
    if (step !== undefined) steps.push(step);
  }
  const first = failing.find(({ file, line }) => file !== undefined && line !== undefined);
  return { failing_steps: steps, test_lines: lines, code: await codeAt(sources, run, first) };
}

function isBad({ conclusion }: JobRecord): boolean {
  return conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'error';
}

/** Where the log of a job names its failing tests: by the first line of the message, else by the name. */
async function testLines({ logReaders }: Sources, job: JobRecord, tests: readonly NotedTest[]): Promise<TestLine[]> {
  if (isLogRemoved(job)) return [];
  const key = { job: job.id, execution: job.execution };
  const opening = await logReaders.openingLine(job, job.execution);
  if (opening === undefined) return [];
  const { lines } = await logReaders.lines(key, Math.max(1, opening - BEFORE), WINDOW);
  const texts = lines.map(({ n, text }) => ({ n, text: withoutColours(text) }));
  return tests
    .filter((test) => test.job === job.id)
    .slice(0, MAX_TESTS)
    .flatMap(({ suite, name, message = '' }) => {
      const sought = [name, firstLine(message)].filter((words) => words.length >= MIN_SOUGHT);
      const found = sought.map((words) => texts.find(({ text }) => text.includes(words))).find((one) => one);
      return found === undefined ? [] : [{ job: job.id, suite, name, line: found.n }];
    });
}

async function failingStep({ logReaders }: Sources, job: JobRecord): Promise<FailingStep | undefined> {
  const step = job.steps.find(({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out');
  if (step === undefined) return undefined;
  const { exit } = step;
  const exitCode = exit !== null && 'status' in exit ? exit.status : null;
  const known = { job: job.id, name: job.name, step: step.name, exit_code: exitCode };
  if (isLogRemoved(job)) return { ...known, hit: null, lines: [] };
  const hit = await logReaders.openingLine(job, job.execution);
  if (hit === undefined) return undefined;
  const key = { job: job.id, execution: job.execution };
  const { lines } = await logReaders.lines(key, Math.max(1, hit - SHOWN_BEFORE), SHOWN);
  return { ...known, hit, lines: lines.map(({ n, text }) => ({ n, text: withoutColours(text).slice(0, MAX_LINE) })) };
}

/** The lines around a failing one, as they are in the commit; null where git has no such file there. */
async function codeAt(
  { operations }: Sources,
  { repositoryId, sha }: RunDetail['run'],
  test: NotedTest | undefined,
): Promise<CodeFrame | null> {
  if (test?.file === undefined || test.line === undefined) return null;
  const { file, line } = test;
  const text = await operations.fileAt(repositoryId, sha, file).catch(() => undefined);
  const all = text?.split('\n') ?? [];
  if (line < 1 || line > all.length || text?.includes('\0') === true) return null;
  const from = Math.max(0, line - 1 - CODE_BEFORE);
  const lines = all.slice(from, line + CODE_AFTER).map((one, at) => ({
    n: from + at + 1,
    text: one.replace(/\r$/, '').slice(0, MAX_LINE),
  }));
  return { file, line, lines };
}

function isLogRemoved(job: JobRecord): boolean {
  return removedWords(job, job.execution) !== null;
}

function firstLine(text: string): string {
  return (text.split('\n').find((line) => line.trim() !== '') ?? '').trim().slice(0, 200);
}
