import { findBreakage, nextToBisect, SEARCH_PRIORITY } from '../model/culprit.ts';
import type { Plan } from '../model/plan.ts';
import type { EventRecord } from '../store/event-record.ts';
import type { BranchRun } from '../store/read-branch.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { Store } from '../store/store.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { type Branch, branchOf, ofWorkflow, workflowsOf } from '../workflow/branch.ts';
import { whyNotForSearch } from '../workflow/reuse.ts';
import type { Background } from './background.ts';
import type { Giver } from './giver.ts';
import type { PlannedCommit } from './planner.ts';
import type { PushedCommit } from './pushed-commit.ts';

/** What {@link CulpritSearch} needs. */
export interface CulpritSearchOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
  readonly giver: Giver;
  readonly repositories: () => Promise<readonly RepositoryRecord[]>;
  readonly plan: (repository: RepositoryRecord, pushed: PushedCommit) => Promise<PlannedCommit>;
  /** The commits of the branch whose tip is `sha`, oldest first; none if they cannot be read. */
  readonly lineOf: (repository: RepositoryRecord, sha: string) => Promise<readonly string[]>;
}

/** How often branches are looked at of which something could not be read, in milliseconds. */
const AGAIN_MS = 60_000;
/** Most events that are read at once. */
const PAGE = 500;

/**
 * Finds who broke a branch where the commits in between were left out: it has them tested, each time the one in the
 * middle, when there is nothing else to do. What comes next follows from the runs of the branch alone, so that a restart
 * changes nothing; each commit is tested once, so that it ends.
 */
export class CulpritSearch {
  readonly #options: CulpritSearchOptions;
  /** Branches to be looked at: refs by the name of the repository. */
  readonly #due = new Map<string, Set<string>>();
  /** Branches that have to be looked at again later. */
  readonly #later = new Map<string, Set<string>>();
  #cursor: number | undefined;
  #isLooking = false;
  #stop: (() => void)[] = [];

  constructor(options: CulpritSearchOptions) {
    this.#options = options;
  }

  /** Looks at all branches, and from then on at those of which something is completed. */
  start(): void {
    const { store, clock } = this.#options;
    this.#stop = [store.onEvents(() => this.#wake()), clock.every(AGAIN_MS, () => this.#again())];
    this.#lookEverywhere();
  }

  /** Stops. Safe twice and before `start`. */
  stop(): void {
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }

  #lookEverywhere(): void {
    const { store, background } = this.#options;
    background.run('look for culprits', async () => {
      const cursor = await store.lastEvent();
      await this.#findBranches();
      this.#cursor = cursor;
      this.#wake();
    });
  }

  #again(): void {
    if (this.#cursor === undefined) this.#lookEverywhere();
    for (const [repository, refs] of this.#later) for (const ref of refs) add(this.#due, repository, ref);
    this.#later.clear();
    if (this.#due.size > 0) this.#wake();
  }

  #wake(): void {
    if (this.#cursor === undefined || this.#isLooking || this.#stop.length === 0) return;
    this.#isLooking = true;
    this.#options.background.run('look for culprits', async () => {
      try {
        await this.#lookAtAll();
      } finally {
        this.#isLooking = false;
      }
    });
  }

  async #findBranches(): Promise<void> {
    const { store, repositories } = this.#options;
    for (const { id, name } of await repositories()) {
      for (const { ref } of await store.branchTips(id)) add(this.#due, name, ref);
      for (const { ref } of await store.branchRuns({ repository: id })) add(this.#due, name, ref);
    }
  }

  async #lookAtAll(): Promise<void> {
    const { store, repositories } = this.#options;
    while (this.#stop.length > 0) {
      const events = await store.events(this.#cursor ?? 0, PAGE);
      this.#cursor = events.at(-1)?.id ?? this.#cursor;
      for (const event of events) this.#note(event);
      if (events.length === 0 && this.#due.size === 0) return;
      const [[name, refs] = []] = this.#due;
      const [ref] = refs ?? [];
      if (name === undefined || refs === undefined || ref === undefined) continue;
      const repository = (await repositories()).find((one) => one.name === name);
      refs.delete(ref);
      if (refs.size === 0) this.#due.delete(name);
      if (repository !== undefined) await this.#lookAt(repository, ref);
    }
  }

  /** What passed, and was not tested for this, leaves nothing to look for. */
  #note({ type, repository, data: { ref, conclusion, purpose } }: EventRecord): void {
    if (repository === null || typeof ref !== 'string') return;
    if (type === 'ref.moved') add(this.#due, repository, ref);
    if (type !== 'run.completed') return;
    if (conclusion !== 'success' || purpose !== undefined) add(this.#due, repository, ref);
  }

  /** Has at most one commit of a branch tested at a time. */
  async #lookAt(repository: RepositoryRecord, ref: string): Promise<void> {
    const branch = await this.#branch(repository, ref);
    const open = branch.commits.flatMap(({ runs }) => runs.filter(({ conclusion }) => conclusion === null));
    // nobody tells when the run of another branch is over that this one needs
    if (open.some((run) => run.ref !== ref)) add(this.#later, repository.name, ref);
    if (open.some(({ purpose }) => purpose !== null)) return;
    for (const workflow of workflowsOf(branch)) {
      const breakage = findBreakage(ofWorkflow(branch, workflow));
      const next = breakage && nextToBisect(breakage, ({ isLeftOut }) => isLeftOut);
      if (next !== undefined && (await this.#test(repository, next, workflow))) return;
    }
  }

  async #branch(repository: RepositoryRecord, ref: string): Promise<Branch<BranchRun>> {
    const { store, lineOf } = this.#options;
    const runs = await store.branchRuns({ repository: repository.id });
    const tip = (await store.branchTips(repository.id)).find((one) => one.ref === ref);
    const sha = tip?.sha ?? runs.findLast((run) => run.ref === ref)?.sha;
    return branchOf(runs, ref, sha === undefined ? [] : await lineOf(repository, sha));
  }

  async #test(repository: RepositoryRecord, commit: BranchRun, workflow: string): Promise<boolean> {
    const { store, clock, logger, giver, plan } = this.#options;
    const { sha, ref, run } = commit;
    try {
      const { tree, plans, ...event } = await plan(repository, { sha, ref, before: null });
      const chosen = planOf({ tree, plans }, workflow);
      const whyNot = chosen.definition && whyNotForSearch(chosen.definition);
      if (whyNot !== undefined) {
        logger.debug({ repository: repository.name, sha }, `not tested to find a culprit: ${whyNot}`);
        return false;
      }
      const purpose = `to find since when ${ref.replace(/^refs\/(?:heads|tags)\//, '')} is broken`;
      const reopening = { tree, ...event, plan: alone(chosen), priority: SEARCH_PRIORITY, purpose };
      const isReopened = await store.reopen(run, reopening, clock.now());
      if (isReopened) giver.wake();
      return isReopened;
    } catch (error) {
      logger.warn({ repository: repository.name, sha }, `could not be tested to find a culprit: ${messageOf(error)}`);
      add(this.#later, repository.name, ref);
      return false;
    }
  }
}

/** What the commit has for the workflow that is broken. */
function planOf({ tree, plans }: Pick<PlannedCommit, 'tree' | 'plans'>, workflow: string): Plan {
  const found = plans.find((plan) => tree === null || (plan.path ?? plan.workflow) === workflow);
  return found ?? { workflow, keyRef: '', jobs: [], skipped: `this commit has nothing for ${workflow}` };
}

/** It must neither cancel what is newer nor wait in its line. */
function alone({ concurrency: _, ofRun, ...plan }: Plan): Plan {
  if (ofRun === undefined) return plan;
  return {
    ...plan,
    ofRun: (run) => {
      const { title } = ofRun(run);
      return title === undefined ? {} : { title };
    },
  };
}

function add(branches: Map<string, Set<string>>, repository: string, ref: string): void {
  const refs = branches.get(repository) ?? new Set();
  branches.set(repository, refs.add(ref));
}
