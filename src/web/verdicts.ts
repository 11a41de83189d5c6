import { type Breakage, findBreakage, isCertain } from '../model/culprit.ts';
import type { BranchRun, RunRecord, Store } from '../store/store.ts';
import { ofWorkflow, workflowsOf } from '../workflow/branch.ts';

/** Branches that count before others, where there is one. */
const DEFAULT_REFS = ['refs/heads/main', 'refs/heads/master', 'refs/heads/trunk'];
/** More events than these are not looked through: then everything is read anew. */
const MAX_EVENTS = 1_000;

/** What is true of a repository's main branch now. */
export interface RepositoryVerdict {
  readonly repository: string;
  readonly ref: string;
  readonly state: 'green' | 'broken' | 'untested';
  /** The oldest of the newest runs without a pass in between; of a green one the newest. */
  readonly since: BranchRun;
  /** Of a broken one: where to look for the culprit. */
  readonly breakage?: Breakage<BranchRun>;
}

type VerdictStore = Pick<Store, 'repositories' | 'branchRuns' | 'events' | 'lastEvent'>;

/** The verdicts of all repositories that have one; those of a repository are read anew only after something happened there. */
export class Verdicts {
  readonly #store: VerdictStore;
  readonly #known = new Map<string, Promise<RepositoryVerdict | undefined>>();
  #cursor = 0;

  constructor(store: VerdictStore) {
    this.#store = store;
  }

  /** In the order of the repositories. */
  async all(): Promise<readonly RepositoryVerdict[]> {
    await this.#forget();
    const repositories = await this.#store.repositories();
    const verdicts = await Promise.all(repositories.map(({ id, name }) => this.#of(id, name)));
    return verdicts.filter((verdict) => verdict !== undefined);
  }

  #of(id: number, name: string): Promise<RepositoryVerdict | undefined> {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const reading = this.#store.branchRuns({ repository: id }).then((runs) => verdictOf(name, runs));
    this.#known.set(name, reading);
    reading.catch(() => this.#known.delete(name));
    return reading;
  }

  async #forget(): Promise<void> {
    const last = await this.#store.lastEvent();
    if (last === this.#cursor) return;
    const events = last - this.#cursor > MAX_EVENTS ? [] : await this.#store.events(this.#cursor, MAX_EVENTS);
    if (events.at(-1) === undefined) this.#known.clear();
    for (const { type, repository } of events)
      if (/^(?:run|repository)\./.test(type) && repository !== null) this.#known.delete(repository);
    this.#cursor = events.at(-1)?.id ?? last;
  }
}

/** The verdict of the main branch from the runs that pushes made, oldest first: that of its worst workflow. */
export function verdictOf(repository: string, runs: readonly BranchRun[]): RepositoryVerdict | undefined {
  const ref = DEFAULT_REFS.find((one) => runs.some((run) => run.ref === one)) ?? runs.at(-1)?.ref ?? '';
  const ofRef = runs.filter((run) => run.ref === ref);
  const verdicts = [...workflowsOf(ofRef)].flatMap((workflow) => stateOf(ofWorkflow(ofRef, workflow)) ?? []);
  const worst = (['broken', 'untested', 'green'] as const)
    .map((state) => verdicts.find((verdict) => verdict.state === state))
    .find((verdict) => verdict !== undefined);
  return worst && { repository, ref, ...worst };
}

function stateOf(commits: readonly BranchRun[]): Omit<RepositoryVerdict, 'repository' | 'ref'> | undefined {
  const newest = commits.findLast(({ conclusion }) => isVerdict(conclusion));
  if (newest === undefined) return undefined;
  if (newest.conclusion === 'success') return { state: 'green', since: newest };
  const breakage = findBreakage(commits);
  if (newest.conclusion !== 'error' && breakage !== undefined)
    return { state: 'broken', since: breakage.since, breakage };
  const good = commits.findLastIndex(({ conclusion }) => conclusion === 'success');
  const since = commits.find(({ conclusion }, at) => at > good && isVerdict(conclusion));
  return { state: 'untested', since: since ?? newest };
}

function isVerdict(conclusion: RunRecord['conclusion']): boolean {
  return conclusion === 'success' || conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'error';
}

/** Since when the branch of a failed run was broken when it was made; undefined of another run. */
export async function brokenSince(
  store: Pick<Store, 'branchRuns'>,
  run: RunRecord,
): Promise<Breakage<BranchRun> | undefined> {
  if (run.event !== 'push' || (run.conclusion !== 'failure' && run.conclusion !== 'timed_out')) return undefined;
  const runs = await store.branchRuns({ repository: run.repositoryId, ref: run.ref, upTo: run.number });
  return findBreakage(ofWorkflow(runs, run.path ?? run.workflow));
}

/** What the API says of a breakage. */
export function breakageJson(breakage: Breakage<BranchRun> | undefined) {
  if (breakage === undefined) return null;
  const { since, untested, later } = breakage;
  return {
    ...{ run: since.run, number: since.number, sha: since.sha, author: since.author, title: since.title },
    ...{ commits_ago: later, untested: untested.length, is_certain: isCertain(breakage) },
  };
}

/** What the API says of a repository's main branch; null: nothing is known of it. */
export function verdictJson(verdict: RepositoryVerdict | undefined) {
  if (verdict === undefined) return null;
  const { ref, state, since, breakage } = verdict;
  return { ref, state, since: since.at.toISOString(), broken_since: breakageJson(breakage) };
}
