import { type Breakage, findBreakage, isCertain, type UntoldCommit } from '../model/culprit.ts';
import type { BranchTip } from '../store/branch-tips.ts';
import type { BranchRun } from '../store/read-branch.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { Store } from '../store/store.ts';
import { inSlices } from '../support/slices.ts';
import { type Branch, branchOf, isSettled, isSettledByCommits, ofWorkflow, workflowsOf } from '../workflow/branch.ts';
import type { Operations } from './operations.ts';

/** Branches that count before others, where there is one, after the one that git calls the default. */
const DEFAULT_REFS = ['refs/heads/main', 'refs/heads/master', 'refs/heads/trunk'];
/** More events than these are not looked through: then everything is read anew. */
const MAX_EVENTS = 1_000;

/** So many runs are looked at first: mostly they tell the verdict, and more are read where they do not. */
const FEW_RUNS = 100;
/** Commits whose runs are looked up one by one. */
const FEW_COMMITS = 200;

/** What is true of a repository's main branch now: the default one; where that has no runs, another one that has. */
export interface RepositoryVerdict {
  readonly repository: string;
  readonly ref: string;
  readonly state: 'green' | 'broken' | 'untested';
  /** How many workflows are in that state. */
  readonly workflows: number;
  /** The oldest of the newest runs without a pass in between, of whichever workflow that is; of a green one the newest. */
  readonly since: BranchRun;
  /** Of a broken one: where to look for the culprit. */
  readonly breakage?: Breakage<BranchRun>;
}

/** What verdicts of branches are made of. */
export interface BranchSource {
  readonly store: Pick<Store, 'branchRuns' | 'branchRunsOf' | 'branchTips'>;
  readonly operations: Pick<Operations, 'lineOf' | 'defaultBranchOf'>;
}

type VerdictSource = BranchSource & { readonly store: Pick<Store, 'repositories' | 'events' | 'lastEvent'> };

/** The verdicts of all repositories that have one; those of a repository are read anew only after something happened there. */
export class Verdicts {
  readonly #source: VerdictSource;
  readonly #known = new Map<
    string,
    { readonly main: string | null; readonly verdict: ReturnType<typeof readVerdict> }
  >();
  #cursor = 0;

  constructor(source: VerdictSource) {
    this.#source = source;
  }

  /** In the order of the repositories. */
  async all(): Promise<readonly RepositoryVerdict[]> {
    await this.#forget();
    const verdicts = await inSlices(await this.#source.store.repositories(), ({ id, name }) => this.#of(id, name));
    return verdicts.filter((verdict) => verdict !== undefined);
  }

  /** That of one repository; undefined: it has none. */
  async of({ id, name }: Pick<RepositoryRecord, 'id' | 'name'>): Promise<RepositoryVerdict | undefined> {
    await this.#forget();
    return this.#of(id, name);
  }

  #of(id: number, name: string): Promise<RepositoryVerdict | undefined> {
    const main = this.#source.operations.defaultBranchOf(id);
    const known = this.#known.get(name);
    if (known !== undefined && known.main === main) return known.verdict;
    const verdict = readVerdict(this.#source, { id, name });
    this.#known.set(name, { main, verdict });
    verdict.catch(() => this.#known.delete(name));
    return verdict;
  }

  async #forget(): Promise<void> {
    const { store } = this.#source;
    const last = await store.lastEvent();
    if (last === this.#cursor) return;
    const events = last - this.#cursor > MAX_EVENTS ? [] : await store.events(this.#cursor, MAX_EVENTS);
    if (events.at(-1) === undefined) this.#known.clear();
    for (const { type, repository } of events)
      if (/^(?:run|ref|repository)\./.test(type) && repository !== null) this.#known.delete(repository);
    this.#cursor = events.at(-1)?.id ?? last;
  }
}

/** The verdict of a branch, by default the main one: that of its worst workflow; undefined: it has none. */
export async function readVerdict(
  source: BranchSource,
  { id, name }: Pick<RepositoryRecord, 'id' | 'name'>,
  asked?: string,
): Promise<RepositoryVerdict | undefined> {
  const tips = await source.store.branchTips(id);
  const few = await source.store.branchRuns({ repository: id, lookBack: FEW_RUNS });
  const usual = [source.operations.defaultBranchOf(id) ?? [], DEFAULT_REFS].flat();
  const known = refOf(tips, asked ?? usual.find((ref) => tips.some((tip) => tip.ref === ref)));
  if (known !== undefined) {
    const line = await source.operations.lineOf(id, known.sha);
    const branch = branchOf(few, known.ref, line);
    const isOfTip = branch.commits.at(-1)?.sha === known.sha;
    if (isOfTip && isSettled(branch, few)) return verdictOf(name, branch);
    if (isOfTip && branch.commits.length <= FEW_COMMITS) {
      // commits that were not tested here may have been, long ago, on another branch
      const all = await source.store.branchRunsOf(
        id,
        branch.commits.map(({ sha }) => sha),
      );
      const whole = branchOf(all, known.ref, line);
      if (whole.commits.at(-1)?.sha === known.sha && isSettledByCommits(whole, few[0]?.run ?? 0))
        return verdictOf(name, whole);
    }
  }
  const runs = await source.store.branchRuns({ repository: id });
  const refs = new Set(runs.map((run) => run.ref));
  const ref = asked ?? known?.ref ?? usual.find((one) => refs.has(one)) ?? runs.at(-1)?.ref ?? '';
  const tip = refOf(tips, ref)?.sha ?? runs.findLast((run) => run.ref === ref)?.sha;
  if (tip === undefined) return undefined;
  return verdictOf(name, branchOf(runs, ref, await source.operations.lineOf(id, tip)));
}

function refOf(tips: readonly BranchTip[], ref: string | undefined): BranchTip | undefined {
  return tips.find((tip) => tip.ref === ref);
}

/** The verdict of a branch: that of its worst workflow, of several equally bad ones that of the one that is so for longest. */
export function verdictOf(repository: string, branch: Branch<BranchRun>): RepositoryVerdict | undefined {
  const verdicts = [...workflowsOf(branch)].flatMap((workflow) => stateOf(ofWorkflow(branch, workflow)) ?? []);
  const alike = (['broken', 'untested', 'green'] as const)
    .map((state) => verdicts.filter((verdict) => verdict.state === state))
    .find((ofState) => ofState.length > 0);
  if (alike === undefined) return undefined;
  const places = new Map(branch.commits.map(({ sha }, at) => [sha, at]));
  const place = ({ since }: WorkflowState) => places.get(since.sha) ?? 0;
  const first = alike.reduce((one, other) => (other.state !== 'green' && place(other) < place(one) ? other : one));
  return { repository, ref: branch.ref, workflows: alike.length, ...first };
}

type WorkflowState = Pick<RepositoryVerdict, 'state' | 'since' | 'breakage'>;

function stateOf(commits: readonly (BranchRun | UntoldCommit)[]): WorkflowState | undefined {
  const told = commits.filter((commit) => commit.run !== null);
  const newest = told.findLast(({ conclusion }) => isVerdict(conclusion));
  if (newest === undefined) return undefined;
  if (newest.conclusion === 'success') return { state: 'green', since: newest };
  const breakage = findBreakage(commits);
  if (newest.conclusion !== 'error' && breakage !== undefined)
    return { state: 'broken', since: breakage.since, breakage };
  const good = told.findLastIndex(({ conclusion }) => conclusion === 'success');
  const since = told.find(({ conclusion }, at) => at > good && isVerdict(conclusion));
  return { state: 'untested', since: since ?? newest };
}

function isVerdict(conclusion: RunRecord['conclusion']): boolean {
  return conclusion === 'success' || conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'error';
}

/** The commits of the branch of a failed run up to it, as its workflow tells of them, oldest first; none of another run. */
export async function commitsBefore(source: BranchSource, run: RunRecord): Promise<(BranchRun | UntoldCommit)[]> {
  return run.conclusion === 'failure' || run.conclusion === 'timed_out' ? commitsUpTo(source, run) : [];
}

/** Since which commit the workflow of such a run could not be tested; undefined of any other run. */
export async function untestedSince(source: BranchSource, run: RunRecord): Promise<BranchRun | undefined> {
  const state = run.conclusion === 'error' ? stateOf(await commitsUpTo(source, run)) : undefined;
  return state?.state === 'untested' ? state.since : undefined;
}

async function commitsUpTo(source: BranchSource, run: RunRecord): Promise<(BranchRun | UntoldCommit)[]> {
  if (run.event !== 'push') return [];
  const runs = await source.store.branchRuns({ repository: run.repositoryId, upTo: run.number });
  const branch = branchOf(runs, run.ref, await source.operations.lineOf(run.repositoryId, run.sha));
  return ofWorkflow(branch, run.path ?? run.workflow);
}

/** What the API says of a breakage. */
export function breakageJson(breakage: Breakage<BranchRun> | undefined) {
  if (breakage === undefined) return null;
  const { since, lastGood, untested, later } = breakage;
  const good = lastGood && { run: lastGood.run, sha: lastGood.sha, at: lastGood.at.toISOString() };
  return {
    ...{ run: since.run, number: since.number, sha: since.sha, author: since.author, title: since.title },
    ...{ commits_ago: later, untested: untested.length, is_certain: isCertain(breakage) },
    ...{ at: since.at.toISOString(), last_good: good ?? null },
  };
}

/** What pages say of the first commit that could not be tested. */
export function untestedJson(since: BranchRun | undefined) {
  if (since === undefined) return null;
  const { run, sha, author, title, at } = since;
  return { run, sha, author, title, at: at.toISOString() };
}

/** What the API says of a repository's main branch; null: nothing is known of it. */
export function verdictJson(verdict: RepositoryVerdict | undefined) {
  if (verdict === undefined) return null;
  const { ref, state, workflows, since, breakage } = verdict;
  return { ref, state, workflows, since: since.at.toISOString(), broken_since: breakageJson(breakage) };
}
