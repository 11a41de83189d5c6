import { alikeTests } from '../../model/alike-tests.ts';
import type { ApiRunDetail } from '../../protocol/api-schema.ts';
import type { Facts } from '../message.ts';
import type { Decision } from './decide.ts';
import { tailOf } from './log-tail.ts';
import { MAX_TESTS, type Notice, type NoticeFailure } from './notice.ts';
import type { BrokenSince } from './standing.ts';
import { clip } from './words.ts';

/** How much of a log is read, in bytes: 40 lines of 300 characters, and what is redrawn between them. */
const TAIL_BYTES = 48 * 1024;
/** Longest texts that a notice holds: it waits in a database. */
const MESSAGE = 2_000;
const TEXT = 500;

type Job = ApiRunDetail['jobs'][number];

/** Tells a verdict, with what there is to say about it. */
export async function makeNotice(
  run: ApiRunDetail,
  decision: Pick<Decision, 'occasion' | 'breakage'>,
  facts: Pick<Facts, 'text'>,
  more: { readonly at: Date; readonly instead?: BrokenSince },
): Promise<Notice> {
  const { occasion, breakage } = decision;
  const isBad = occasion !== 'fixed' && occasion !== 'success' && occasion !== 'cancelled';
  return {
    occasion,
    conclusion: run.conclusion ?? 'error',
    repository: run.repository,
    event: run.event,
    ref: run.ref,
    workflow: run.workflow,
    run: { id: run.id, number: run.number, attempt: run.attempt, url: run.html_url },
    commit: { sha: run.sha, title: clip(run.title, TEXT), author: clip(run.author, TEXT) },
    reason: run.reason ? clip(run.reason, TEXT) : null,
    durationMs: lasted(run),
    at: run.completed_at ?? more.at.toISOString(),
    since: breakage === null ? null : { ...breakage.since, url: pageOf(run, breakage.since.run) },
    instead: more.instead === undefined ? null : { sha: more.instead.sha, author: more.instead.author },
    brokenForMs: occasion === 'fixed' && breakage !== null ? Math.max(0, +more.at - breakage.toldAt) : null,
    tests: isBad ? testsOf(run) : null,
    failure: isBad ? await failureOf(run, facts) : null,
    isTrial: false,
  };
}

/** The page of another run on the same server. */
function pageOf(run: ApiRunDetail, id: number): string {
  return run.html_url.replace(/\/runs\/\d+$/, `/runs/${id}`);
}

function lasted({ started_at: from, completed_at: to }: ApiRunDetail): number | null {
  return from === null || to === null ? null : Math.max(0, Date.parse(to) - Date.parse(from));
}

function testsOf({ tests }: ApiRunDetail): Notice['tests'] {
  if (!tests) return null;
  const failing = tests.cases.filter(({ conclusion }) => conclusion === 'failure' || conclusion === 'error');
  return {
    total: tests.passed + tests.failed + tests.skipped,
    failed: tests.failed,
    cases: alikeTests(failing)
      .slice(0, MAX_TESTS)
      .map(([test, ...others]) => ({
        ...{ suite: clip(test.suite, TEXT), name: clip(test.name, TEXT), job: clip(test.job_name, TEXT) },
        ...(others.length === 0 ? {} : { otherJobs: others.map((other) => clip(other.job_name, TEXT)) }),
        message: test.message === null ? null : clip(test.message, MESSAGE),
        ...{ file: test.file === null ? null : clip(test.file, TEXT), line: test.line },
        ...{ isFlaky: test.flaky, history: test.history },
      })),
  };
}

/** The first job that ended badly, the first step of it that did, and the end of what that step said. */
async function failureOf(run: ApiRunDetail, facts: Pick<Facts, 'text'>): Promise<NoticeFailure | null> {
  const job = run.jobs.find(({ conclusion }) => isBad(conclusion));
  if (job === undefined) return null;
  const steps = job.steps ?? [];
  const at = steps.findIndex(({ conclusion }) => isBad(conclusion));
  const step = steps[at];
  const lines = await logOf(job, at, facts);
  return {
    job: clip(job.name, TEXT),
    step: step === undefined ? null : clip(step.name, TEXT),
    exit: step === undefined ? null : exitOf(step),
    reason: job.reason ? clip(job.reason, TEXT) : null,
    lines: [...lines],
    url: `${run.html_url}/jobs/${job.id}`,
  };
}

function isBad(conclusion: Job['conclusion']): boolean {
  return conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'error';
}

function exitOf({ exit_code: code, signal }: NonNullable<Job['steps']>[number]): string | null {
  if (typeof code === 'number') return `exit code ${code}`;
  return signal ? `signal ${signal}` : null;
}

/** The end of the log of one step; of the whole job where no step is to blame (`step` -1). */
async function logOf(job: Job, step: number, facts: Pick<Facts, 'text'>): Promise<readonly string[]> {
  const bytes = job.execution_details?.find(({ number }) => number === job.executions)?.log_bytes ?? 0;
  const from = job.steps?.[step]?.log_offset ?? 0;
  // steps that were skipped have no place of their own
  const later = (job.steps ?? []).slice(step + 1).find(({ log_offset: offset }) => (offset ?? 0) > from);
  const end = step < 0 ? bytes : (later?.log_offset ?? bytes);
  const start = Math.max(from, end - TAIL_BYTES);
  const piece = await facts.text(`/api/jobs/${job.id}/log`, start, end);
  return piece === undefined ? [] : tailOf(piece, start > from);
}
