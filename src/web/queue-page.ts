import { type RunnerStatus, takesJobs } from '../model/pool.ts';
import type { QueuedJob } from '../store/read-queue.ts';
import type { WebContext } from './context.ts';
import { type ExpectedStart, expectStarts, leftMs } from './expected-starts.ts';
import { usualMs } from './home-parts.ts';
import { queuedJson, runnerJson } from './json.ts';
import { historyOf, type RunnerHistory, waitsOf } from './runner-history.ts';
import { type ExplainedJob, explainQueue } from './waiting.ts';

/** Jobs that are listed. */
const PAGE = 100;
/** Runs whose end is looked up because something waits for their turn to end. */
const MOST_HOLDERS = 20;

/** Why a job waits, as far as it matters for what can be done: for a free slot, for a runner that could take it… */
export type WaitKind = 'slot' | 'no-runner' | 'labels' | 'disk' | 'draining' | 'group' | 'held' | 'needs' | 'matrix';

/** What the page of the runners shows. */
export async function runnersData(context: WebContext) {
  const { store, operations, clock } = context;
  const all = operations.runners();
  const running = await runningJobs(context, all, await usualOf(context, []));
  return runnersJson(all, running, historyOf(await store.recentExecutions(), clock.now()));
}

function runnersJson(all: readonly RunnerStatus[], running: readonly Running[], history: readonly RunnerHistory[]) {
  return {
    runners: all.map(runnerJson),
    running: running.map(({ usualMs, ...job }) => ({ ...job, usual_ms: usualMs })),
    history,
  };
}

/** What the page of the queue shows: what waits, and the runners for which it does. */
export async function queueAndRunners(context: WebContext, base: string) {
  const { store, operations, clock } = context;
  const now = clock.now();
  const all = operations.runners();
  const [{ jobs, total }, executions] = await Promise.all([store.queue(PAGE), store.recentExecutions()]);
  const usual = await usualOf(context, jobs);
  const running = await runningJobs(context, all, usual);
  const starts = startsOf(jobs, all, { usual, running, now });
  const turns = await turnEnds(context, jobs, now);
  return {
    jobs: explainQueue(jobs, all).map((one) => waitJson(one, { runners: all, base, starts, turns, running, now })),
    total,
    waits: waitsOf(executions, now),
    ...runnersJson(all, running, historyOf(executions, now)),
  };
}

/** What all this tells of one waiting job. */
interface Known {
  readonly runners: readonly RunnerStatus[];
  readonly base: string;
  readonly starts: ReadonlyMap<number, ExpectedStart>;
  readonly turns: ReadonlyMap<number, number>;
  readonly running: readonly Running[];
  readonly now: Date;
}

function waitJson(explained: ExplainedJob, { runners, base, starts, turns, running, now }: Known) {
  const { job } = explained;
  const start = starts.get(job.job);
  const inMs = start?.inMs ?? (job.behind === undefined ? undefined : turns.get(job.behind.run));
  const after = running.find((one) => one.job === start?.after);
  const expected = inMs === undefined ? null : { at: new Date(now.getTime() + inMs).toISOString(), in_ms: inMs };
  const soon = { expected, runner: start?.runner ?? null };
  return {
    ...queuedJson(explained, base),
    kind: kindOf(job, runners),
    waits_for: job.waitsFor,
    behind: job.behind ?? null,
    ...soon,
    after: after === undefined ? null : { run: after.run, repository: after.repository, number: after.number },
  };
}

function kindOf(job: QueuedJob, all: readonly RunnerStatus[]): WaitKind {
  if (job.isHeld === true) return 'held';
  if (job.behind !== undefined || job.why?.includes('concurrency group')) return 'group';
  if (job.waitsFor.length > 0) return 'needs';
  if (job.why !== undefined) return 'matrix';
  const runners = all.filter(({ connectedAt }) => connectedAt !== null);
  if (runners.length === 0) return 'no-runner';
  const fitting = runners.filter(({ labels }) => job.labels.every((label) => labels.includes(label)));
  if (fitting.length === 0) return 'labels';
  if (fitting.some(takesJobs)) return 'slot';
  return fitting.some(({ lowDisk, ...rest }) => lowDisk !== undefined && takesJobs(rest)) ? 'disk' : 'draining';
}

type Usual = (repository: string, job: string) => number | undefined;

/** What the jobs of these repositories, and of those that run, usually take; read once for each repository. */
async function usualOf({ store, operations }: WebContext, jobs: readonly QueuedJob[]): Promise<Usual> {
  const names = new Set(jobs.map(({ repository }) => repository));
  for (const { executions } of operations.runners())
    for (const { job } of executions) {
      const run = (await store.job(job))?.runId;
      const found = run === undefined ? undefined : await store.run(run);
      if (found !== undefined) names.add(found.run.repository);
    }
  const known = (await store.repositories()).filter(({ name }) => names.has(name));
  const read = await Promise.all(known.map(async ({ id, name }) => [name, await store.usualJobMs(id)] as const));
  const of = new Map(read);
  return (repository, job) => of.get(repository)?.get(job);
}

/** A job that a runner has, by the names that people know. */
interface Running {
  readonly job: number;
  readonly name: string;
  readonly run: number;
  readonly repository: string;
  readonly number: number;
  readonly usualMs: number | null;
}

async function runningJobs({ store }: WebContext, runners: readonly RunnerStatus[], usual: Usual): Promise<Running[]> {
  const ids = runners.flatMap(({ executions }) => executions.map(({ job }) => job));
  const found = await Promise.all(
    ids.map(async (id) => {
      const job = await store.job(id);
      const run = job && (await store.run(job.runId))?.run;
      if (job === undefined || run === undefined) return [];
      const { id: runId, repository, number } = run;
      return [
        { job: id, name: job.name, run: runId, repository, number, usualMs: usual(repository, job.name) ?? null },
      ];
    }),
  );
  return found.flat();
}

function startsOf(
  jobs: readonly QueuedJob[],
  runners: readonly RunnerStatus[],
  { usual, running, now }: { readonly usual: Usual; readonly running: readonly Running[]; readonly now: Date },
): ReadonlyMap<number, ExpectedStart> {
  const left = (job: number, since: Date) => {
    const known = running.find((one) => one.job === job)?.usualMs;
    return leftMs(now.getTime() - since.getTime(), known ?? undefined);
  };
  return expectStarts(
    jobs.map(({ job, labels, repository, name, waitsFor, why }) => ({
      ...{ job, labels, usualMs: usual(repository, name) ?? null },
      isInLine: waitsFor.length === 0 && why === undefined,
    })),
    runners.map((runner) => ({
      ...{ name: runner.name, labels: runner.labels, slots: runner.slots, isTaking: takesJobs(runner) },
      executions: runner.executions.map(({ job, since }) => ({ job, leftMs: left(job, since) })),
    })),
  );
}

/** In how many milliseconds the runs end that have the turns of others, by their ids; none where that is not known. */
async function turnEnds({ store }: WebContext, jobs: readonly QueuedJob[], now: Date): Promise<Map<number, number>> {
  const holders = new Set(jobs.flatMap(({ behind }) => (behind === undefined ? [] : [behind.run])));
  const ids = new Map((await store.repositories()).map(({ id, name }) => [name, id]));
  const ends = new Map<number, number>();
  for (const holder of [...holders].slice(0, MOST_HOLDERS)) {
    const run = (await store.run(holder))?.run;
    const repository = run && ids.get(run.repository);
    if (run === undefined || repository === undefined || run.startedAt === null) continue;
    const usual = usualMs(await store.recentRuns(repository), run.path ?? run.workflow) ?? undefined;
    const left = leftMs(now.getTime() - run.startedAt.getTime(), usual);
    if (left !== null) ends.set(holder, left);
  }
  return ends;
}
