import type { RecentRun, RepositoryRecord, Store } from '../store/store.ts';
import { type Failure, failureOf } from './failure-line.ts';
import { branchLights, commitsOf, type HomeCommit, isTip, runningOf, sinceOf } from './home-parts.ts';
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

/** What the store knows of one repository, made ready; kept until something happens there. */
interface Known {
  readonly runs: Promise<readonly RecentRun[]>;
  made?: { readonly verdict: RepositoryVerdict | undefined; readonly facts: Promise<Facts> };
}

type Facts = Awaited<ReturnType<typeof factsOf>>;

/** What the home page and `GET /api/home` show; a repository is read anew only after something happened there. */
export class Home {
  readonly #sources: Sources;
  readonly #known = new Map<string, Known>();
  #cursor = 0;

  constructor(sources: Sources) {
    this.#sources = sources;
  }

  /** One entry per repository: broken ones first, then those that could not be tested, that run, and the rest by activity. */
  async rows() {
    await this.#forget();
    const { store, verdicts } = this.#sources;
    const [repositories, found, waiting] = await Promise.all([store.repositories(), verdicts.all(), this.#waiting()]);
    const byName = new Map(found.map((verdict) => [verdict.repository, verdict]));
    const rows = await Promise.all(
      repositories.map(async (repository) => ({
        ...(await this.#factsOf(repository, byName.get(repository.name))).row,
        waiting: waiting.get(repository.name) ?? null,
      })),
    );
    return rows.sort((a, b) => rankOf(a) - rankOf(b) || ((b.active_at ?? '') < (a.active_at ?? '') ? -1 : 1));
  }

  /** The commits of a repository's strip with all that is told of one, oldest first. */
  async commits(repository: RepositoryRecord): Promise<readonly HomeCommit[]> {
    await this.#forget();
    const verdict = (await this.#sources.verdicts.all()).find((one) => one.repository === repository.name);
    return (await this.#factsOf(repository, verdict)).commits;
  }

  #factsOf(repository: RepositoryRecord, verdict: RepositoryVerdict | undefined): Promise<Facts> {
    const { name, id } = repository;
    let known = this.#known.get(name);
    if (known === undefined) {
      known = { runs: this.#sources.store.recentRuns(id) };
      this.#known.set(name, known);
      known.runs.catch(() => this.#known.delete(name));
    }
    if (known.made === undefined || known.made.verdict !== verdict) {
      const facts = known.runs.then((runs) => factsOf(this.#sources, repository, runs, verdict));
      known.made = { verdict, facts };
      facts.catch(() => this.#known.delete(name));
    }
    return known.made.facts;
  }

  /** How many jobs of each repository wait, and why the first one does. */
  async #waiting(): Promise<ReadonlyMap<string, { jobs: number; run: number; reason: string }>> {
    const { store, operations } = this.#sources;
    const { jobs } = await store.queue(QUEUE_LOOKED_AT);
    const found = new Map<string, { jobs: number; run: number; reason: string }>();
    for (const { job, reason } of explainQueue(jobs, operations.runners())) {
      const before = found.get(job.repository);
      found.set(job.repository, { run: job.run, reason, ...before, jobs: (before?.jobs ?? 0) + 1 });
    }
    return found;
  }

  async #forget(): Promise<void> {
    const { store } = this.#sources;
    const last = await store.lastEvent();
    if (last === this.#cursor) return;
    const events = last - this.#cursor > MAX_EVENTS ? [] : await store.events(this.#cursor, MAX_EVENTS);
    if (events.length === 0) this.#known.clear();
    for (const { type, repository } of events)
      if (/^(?:run|repository|ref)\./.test(type) && repository !== null) this.#known.delete(repository);
    this.#cursor = events.at(-1)?.id ?? last;
  }
}

/** One repository as the API shows it on the home page. */
export type HomeRow = Awaited<ReturnType<Home['rows']>>[number];

async function factsOf(
  { store, operations }: Sources,
  { id, name }: RepositoryRecord,
  runs: readonly RecentRun[],
  verdict: RepositoryVerdict | undefined,
) {
  const ref = verdict?.ref ?? operations.repositoryFacts(id).defaultBranch ?? runs.at(-1)?.ref ?? null;
  const ofBranch = runs.filter((run) => run.event === 'push' && run.ref === ref);
  const all = commitsOf(ofBranch, runs);
  const commits = all.slice(-STRIP);
  const lights = branchLights(runs, ref);
  const newest = all.findLast(isTip) ?? all.at(-1);
  const bad = verdict === undefined || verdict.state === 'green' ? undefined : verdict;
  const firstBad = bad && commits.findIndex(({ sha }) => sha === bad.since.sha);
  const failure: Failure | null = bad === undefined ? null : await failureOf(store, ofBranch, bad);
  const row = {
    ...{ id, name, ref, state: verdict?.state ?? null },
    since: verdict === undefined ? null : sinceOf(verdict, all, (runs[0]?.number ?? 1) > 1),
    broken_since: breakageJson(verdict?.breakage),
    failure,
    newest: newest === undefined ? null : pick(newest),
    branches: lights.slice(0, LIGHTS),
    more_branches: Math.max(0, lights.length - LIGHTS),
    commits: commits.map(({ state }) => state),
    // the first bad commit may be older than the strip: then all of it is
    first_bad: firstBad === undefined ? null : Math.max(0, firstBad),
    running: runningOf(runs, ref),
    active_at: runs.reduce<string | null>((latest, run) => later(latest, run), null),
  };
  return { row, commits };
}

function pick({ run, title, author, at, state }: HomeCommit) {
  return { run, title, author, at, state };
}

function later(latest: string | null, run: RecentRun): string {
  const at = (run.completedAt ?? run.createdAt).toISOString();
  return latest === null || at > latest ? at : latest;
}

function rankOf({ state, running }: { state: RepositoryVerdict['state'] | null; running: unknown }): number {
  if (state === 'broken') return 0;
  if (state === 'untested') return 1;
  return running === null ? 3 : 2;
}
