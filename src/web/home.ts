import type { RecentRun } from '../store/read-recent.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { Store } from '../store/store.ts';
import { inSlices } from '../support/slices.ts';
import { type Failure, failureOf } from './failure-line.ts';
import {
  atOf,
  branchLights,
  byCommit,
  type CommitRuns,
  commitOf,
  type HomeCommit,
  isTip,
  runningOf,
  sinceOf,
} from './home-parts.ts';
import type { Operations } from './operations.ts';
import { breakageJson, type RepositoryVerdict, type Verdicts } from './verdicts.ts';
import { explainQueue, QUEUE_LOOKED_AT } from './waiting.ts';

/** How many commits the strip of a repository has. */
export const STRIP = 50;
/** Branches that have a light of their own. */
const LIGHTS = 3;
/** More events than these are not looked through: then everything is read anew. */
const MAX_EVENTS = 1_000;

/** What it is made from. */
interface Sources {
  readonly store: Store;
  readonly verdicts: Verdicts;
  readonly operations: Operations;
}

type Facts = Awaited<ReturnType<typeof rowOf>>;
type Waits = ReadonlyMap<string, { readonly jobs: number; readonly run: number; readonly reason: string }>;
/** One repository as the API shows it on the home page. */
export type HomeRow = Facts & { readonly waiting: { jobs: number; run: number; reason: string } | null };

/** All rows as they were shown last, and what they were made of. */
interface Shown {
  readonly cursor: number;
  /** Why jobs wait, as JSON. */
  readonly waits: string;
  readonly rows: readonly HomeRow[];
}

/** What the home page and `GET /api/home` show; a repository is read anew only after something happened there. */
export class Home {
  readonly #sources: Sources;
  /** Kept until something happens there. */
  readonly #known = new Map<string, Promise<Facts>>();
  #queue: { readonly cursor: number; readonly jobs: ReturnType<Store['queue']> } | undefined;
  readonly #rows = new WeakMap<Facts, HomeRow>();
  #shown: Shown | undefined;
  #cursor = 0;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /**
   * One entry per repository: broken ones first, then those that could not be tested, that run, and the rest by activity.
   * The same array as long as nothing changes. What has to be read is read one repository after the other, with others in between.
   */
  async rows(): Promise<readonly HomeRow[]> {
    const cursor = await this.#forget();
    const waiting = await this.#waiting(cursor);
    const waits = JSON.stringify([...waiting]);
    const before = this.#shown;
    if (before?.cursor === cursor && before.waits === waits) return before.rows;
    const facts = await inSlices(await this.#sources.store.repositories(), (repository) => this.#factsOf(repository));
    const rows = facts.map((one) => this.#rowOf(one, waiting.get(one.name) ?? null)).sort(inOrder);
    this.#shown = { cursor, waits, rows };
    return rows;
  }

  /** The same object as before where nothing has changed: what was made of it can be used again. */
  #rowOf(facts: Facts, waiting: HomeRow['waiting']): HomeRow {
    const known = this.#rows.get(facts);
    if (known !== undefined && JSON.stringify(known.waiting) === JSON.stringify(waiting)) return known;
    const row = { ...facts, waiting };
    this.#rows.set(facts, row);
    return row;
  }

  /** The same of one repository, but for what waits. */
  async row(repository: RepositoryRecord): Promise<Facts> {
    await this.#forget();
    return this.#factsOf(repository);
  }

  /** The commits of a repository's strip with all that is told of one, oldest first. */
  async commits(repository: RepositoryRecord): Promise<readonly HomeCommit[]> {
    const { ref } = await this.row(repository);
    const runs = await this.#sources.store.recentRuns(repository.id);
    return stripOf(runs, ref).map((commit) => commitOf(commit, runs));
  }

  #factsOf(repository: RepositoryRecord): Promise<Facts> {
    const { name } = repository;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const facts = rowOf(this.#sources, repository);
    this.#known.set(name, facts);
    facts.catch(() => {
      if (this.#known.get(name) === facts) this.#known.delete(name);
    });
    return facts;
  }

  /** How many jobs of each repository wait, and why the first one does. */
  async #waiting(cursor: number): Promise<Waits> {
    const { store, operations } = this.#sources;
    if (this.#queue?.cursor !== cursor) {
      const jobs = store.queue(QUEUE_LOOKED_AT);
      this.#queue = { cursor, jobs };
      jobs.catch(() => {
        this.#queue = undefined;
      });
    }
    const { jobs } = await this.#queue.jobs;
    const found = new Map<string, { jobs: number; run: number; reason: string }>();
    for (const { job, reason } of explainQueue(jobs, operations.runners())) {
      const before = found.get(job.repository);
      found.set(job.repository, { run: job.run, reason, ...before, jobs: (before?.jobs ?? 0) + 1 });
    }
    return found;
  }

  /** Forgets what events tell of; up to which one. */
  async #forget(): Promise<number> {
    const { store } = this.#sources;
    const last = await store.lastEvent();
    if (last === this.#cursor) return last;
    const events = last - this.#cursor > MAX_EVENTS ? [] : await store.events(this.#cursor, MAX_EVENTS);
    if (events.length === 0) this.#known.clear();
    for (const { type, repository } of events)
      if (/^(?:run|repository|ref)\./.test(type) && repository !== null) this.#known.delete(repository);
    this.#cursor = events.at(-1)?.id ?? last;
    return this.#cursor;
  }
}

async function rowOf({ store, operations, verdicts }: Sources, repository: RepositoryRecord) {
  const { id, name } = repository;
  const verdict = await verdicts.of(repository);
  const runs = await store.recentRuns(id);
  const ref = verdict?.ref ?? operations.defaultBranchOf(id) ?? runs.at(-1)?.ref ?? null;
  const ofBranch = runs.filter((run) => run.event === 'push' && run.ref === ref);
  const all = byCommit(ofBranch);
  const commits = all.slice(-STRIP);
  const lights = branchLights(runs, ref, verdict?.state === 'green');
  const newest = all.findLast(isTip) ?? all.at(-1);
  const bad = verdict === undefined || verdict.state === 'green' ? undefined : verdict;
  const firstBad = bad && commits.findIndex(({ shown }) => shown.sha === bad.since.sha);
  const failure: Failure | null = bad === undefined ? null : await failureOf(store, ofBranch, bad);
  return {
    ...{ id, name, ref, state: verdict?.state ?? null },
    since: verdict === undefined ? null : sinceOf(verdict, all, (runs[0]?.number ?? 1) > 1),
    workflows: verdict?.workflows ?? 0,
    broken_since: breakageJson(verdict?.breakage),
    failure,
    newest: newest === undefined ? null : pick(commitOf(newest, runs)),
    branches: lights.slice(0, LIGHTS),
    more_branches: Math.max(0, lights.length - LIGHTS),
    commits: commits.map(({ state }) => state),
    // the first bad commit may be older than the strip: then all of it is
    first_bad: firstBad === undefined ? null : Math.max(0, firstBad),
    running: runningOf(runs, ref),
    active_at: lastOf(runs),
  };
}

function stripOf(runs: readonly RecentRun[], ref: string | null): readonly CommitRuns[] {
  return byCommit(runs.filter((run) => run.event === 'push' && run.ref === ref)).slice(-STRIP);
}

function pick({ run, title, author, at, state }: HomeCommit) {
  return { run, title, author, at, state };
}

function lastOf(runs: readonly RecentRun[]): string | null {
  const last = runs.reduce((latest, run) => Math.max(latest, atOf(run).getTime()), Number.NEGATIVE_INFINITY);
  return Number.isFinite(last) ? new Date(last).toISOString() : null;
}

function inOrder(a: HomeRow, b: HomeRow): number {
  return rankOf(a) - rankOf(b) || ((b.active_at ?? '') < (a.active_at ?? '') ? -1 : 1);
}

function rankOf({ state, running }: { state: RepositoryVerdict['state'] | null; running: unknown }): number {
  if (state === 'broken') return 0;
  if (state === 'untested') return 1;
  return running === null ? 3 : 2;
}
