import type { CommitObject } from '../git/object-reader.ts';
import type { Plan } from '../model/plan.ts';
import type { Json } from '../model/workflow.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { FOUND_WORKFLOW } from '../workflow/find-tests.ts';
import { skipReason } from '../workflow/skip-ci.ts';
import type { Commits, FoundCommit } from './commits.ts';
import type { DefaultBranches } from './default-branches.ts';
import { PlanTimeoutError } from './errors.ts';
import type { FoundTests } from './found-tests.ts';
import { type PlanEvent, planWorkflows } from './plan-workflows.ts';
import { type PushedCommit, pushEvent } from './pushed-commit.ts';
import type { ReusePlans } from './reuse-plans.ts';
import type { WorkflowFile, WorkflowFiles } from './workflow-files.ts';

/** What there is to do for one commit. */
export interface PlannedCommit {
  /** Null if the commit could not be read. */
  readonly tree: string | null;
  /** One for each workflow file that is concerned, or one for the tests that were found. */
  readonly plans: readonly Plan[];
  /** Of workflow files: the event, for their expressions. */
  readonly payload?: { readonly [key: string]: Json };
  readonly actor?: string;
}

/** Something other than a push, on a commit. */
export interface OtherEvent extends Omit<PlanEvent, 'message' | 'changedPaths'> {
  /** Commit that the change is compared with; absent: what changed is not known. */
  readonly base?: string;
  /** Commit whose message counts, where `sha` is a merge that the forge made. */
  readonly head?: string;
  /** Refs by which the commit can be had where no branch leads to it. */
  readonly fetch?: readonly string[];
}

/** What {@link Planner} needs. */
export interface PlannerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly commits: Commits;
  readonly branches: DefaultBranches;
  readonly files: WorkflowFiles;
  readonly tests: FoundTests;
  readonly reuse: ReusePlans;
  /** Are the workflow files of a repository (full name) to be run? */
  readonly hasWorkflows: (repository: string) => boolean;
  /** Variables that expressions of a workflow file can read. */
  readonly vars: (repository: number) => Promise<Readonly<Record<string, string>>>;
  /** Where the page is. */
  readonly serverUrl: () => string;
}

/** How long reading one commit may take, fetching included, in milliseconds. */
const PLAN_MS = 120_000;

/** Reads commits and says what to do for them. */
export class Planner {
  readonly #options: PlannerOptions;

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /**
   * The plans of a pushed commit; of one that is not there any more, a plan with an error.
   * @throws {GitError} if its remote cannot be reached: it may work later. @throws {PlanTimeoutError}
   */
  push(repository: RepositoryRecord, pushed: PushedCommit): Promise<PlannedCommit> {
    return this.#inTime(repository, pushed.sha, () => this.#push(repository, pushed));
  }

  /**
   * What the workflow files of a commit make of an event that is no push; no plans if none is concerned.
   * @throws {CommitNotFoundError} if it cannot be had. @throws {GitError} @throws {PlanTimeoutError}
   */
  event(repository: RepositoryRecord, event: OtherEvent): Promise<PlannedCommit & { readonly commit: CommitObject }> {
    return this.#inTime(repository, event.sha, () => this.#event(repository, event));
  }

  /**
   * The workflow files of a commit.
   * @throws {CommitNotFoundError} if it cannot be had. @throws {GitError} @throws {PlanTimeoutError}
   */
  workflows(repository: RepositoryRecord, sha: string): Promise<readonly WorkflowFile[]> {
    return this.#inTime(repository, sha, async () => {
      return this.#read(repository, await this.#options.commits.need(repository, sha));
    });
  }

  async #inTime<T>(repository: RepositoryRecord, sha: string, work: () => Promise<T>): Promise<T> {
    const { clock } = this.#options;
    let cancel = () => {};
    const deadline = new Promise<never>((_, reject) => {
      cancel = clock.after(PLAN_MS, () => reject(new PlanTimeoutError(sha, repository.name, PLAN_MS)));
    });
    try {
      return await Promise.race([work(), deadline]);
    } finally {
      cancel();
    }
  }

  async #push(repository: RepositoryRecord, pushed: PushedCommit): Promise<PlannedCommit> {
    const { commits, branches, tests } = this.#options;
    const found = await commits.bring(repository, pushed.sha);
    if ('missing' in found) return { tree: null, plans: [couldNot(messageOf(found.missing))] };
    const { reader, commit } = found;
    const { tree } = commit;
    const files = await this.#filesOf(repository, found);
    if ('error' in files) return { tree, plans: [files] };
    if (files.length === 0) {
      const skipped = skipReason(commit.message);
      if (skipped !== undefined) return { tree, plans: [{ workflow: FOUND_WORKFLOW, keyRef: '', jobs: [], skipped }] };
      const plan = await tests.planOf(repository, reader, tree);
      const place = { tree, event: 'push', repository: repository.name, vars: {} };
      return { tree, plans: [this.#options.reuse.of(plan, place)] };
    }
    const defaultBranch = await branches.of(repository);
    const event = await pushEvent(reader, commit, pushed, { ...repository, defaultBranch });
    return { tree, ...(await this.#planWorkflows(repository, files, event, tree)) };
  }

  async #event(repository: RepositoryRecord, { fetch, base, head, ...event }: OtherEvent) {
    const { commits } = this.#options;
    const found = await commits.need(repository, event.sha, fetch);
    const { commit } = found;
    // as GitHub compares a pull request: with the commit where it left its base
    const changed = () => commits.changedSince(repository, found, base);
    const { message } = (head === undefined ? undefined : await commits.find(repository, head)) ?? commit;
    const said = { ...event, message, changedPaths: changed };
    const { tree } = commit;
    const planned = await this.#planWorkflows(repository, await this.#read(repository, found), said, tree);
    return { tree, commit, ...planned };
  }

  async #planWorkflows(repository: RepositoryRecord, files: readonly WorkflowFile[], event: PlanEvent, tree: string) {
    const { serverUrl, reuse } = this.#options;
    const vars = await this.#options.vars(repository.id);
    const planned = await planWorkflows(files, event, { repository, vars, serverUrl: serverUrl() });
    const plans = planned.map((plan) => reuse.of(plan, { tree, event: event.name, repository: repository.name, vars }));
    return { plans, payload: event.payload, actor: event.actor };
  }

  async #read({ name }: RepositoryRecord, { reader, commit }: FoundCommit): Promise<readonly WorkflowFile[]> {
    const { files, hasWorkflows } = this.#options;
    return hasWorkflows(name) ? files.of(reader.treeReader(commit.tree)) : [];
  }

  /** What cannot be read is a plan with an error: a damaged repository has a verdict, too. */
  async #filesOf(repository: RepositoryRecord, found: FoundCommit) {
    try {
      return await this.#read(repository, found);
    } catch (error) {
      const context = { err: error, repository: repository.name, sha: found.commit.sha };
      this.#options.logger.error(context, 'could not look for workflow files');
      return couldNot(`the workflow files could not be read: ${messageOf(error)}`);
    }
  }
}

function couldNot(error: string): Plan & { readonly error: string } {
  return { workflow: FOUND_WORKFLOW, keyRef: '', jobs: [], error };
}
