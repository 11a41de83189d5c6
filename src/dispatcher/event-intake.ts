import { AccessDeniedError } from '../git/git-error.ts';
import { isNoCommit, NO_COMMIT, SHA_PATTERN, type Trigger } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';
import type { EventMessage } from '../protocol/to-dispatcher.ts';
import { UnknownRepositoryError } from '../store/errors.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { Store } from '../store/store.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';
import { rerunsOf } from './check-reruns.ts';
import type { Commits } from './commits.ts';
import { dateOf } from './dispatch-intake.ts';
import type { Giver } from './giver.ts';
import { cancelHeld } from './held-pulls.ts';
import type { Taken } from './observer-door.ts';
import type { OtherEvent, Planner } from './planner.ts';
import { countReady } from './ready-jobs.ts';
import type { RepositoryRefs } from './repository-refs.ts';

/** What {@link EventIntake} needs. */
export interface EventIntakeOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly background: Background;
  readonly giver: Giver;
  readonly planner: Planner;
  readonly commits: Commits;
  readonly refs: RepositoryRefs;
  readonly repository: (id: number) => Promise<RepositoryRecord | undefined>;
}

/** An event on a commit, ready to be planned and stored. */
export interface Occurred extends OtherEvent {
  /** Part of what identifies its runs: the same event twice is the same runs. */
  readonly occurrence: string;
  readonly trigger: Trigger;
  readonly receivedAt: Date;
  /** Default: that of the commit. */
  readonly title?: string;
  /** Somebody asks and can be told no: what cannot be is an error then, and no run. */
  readonly isRefusable?: boolean;
}

/** The workflow cannot be started so. */
export class DispatchRefusedError extends CiError {
  override readonly name = 'DispatchRefusedError';
  readonly code = 'E_DISPATCH_REFUSED';
}

/** Everything that is no push, on its way into the store. */
export class EventIntake {
  readonly #options: EventIntakeOptions;

  constructor(options: EventIntakeOptions) {
    this.#options = options;
  }

  /**
   * Stores the runs of an event that an observer tells of, and gives their jobs away.
   * @throws {UnknownRepositoryError} @throws {CommitNotFoundError} @throws {GitError} a remote cannot be reached
   */
  async take(message: EventMessage): Promise<Taken> {
    const repository = await this.#options.repository(message.repository);
    if (repository === undefined) throw new UnknownRepositoryError(message.repository);
    const { store, clock, background } = this.#options;
    const reran = await rerunsOf(store, repository, message, clock.now());
    if (reran !== undefined) return reran;
    const taken = await this.#take(repository, message);
    const headNow = () => this.#headOf(repository, message);
    if ((await cancelHeld(store, { message, runs: taken.runs, headNow }, clock.now())) > 0) background.wrote();
    return taken;
  }

  async #take(repository: RepositoryRecord, message: EventMessage): Promise<Taken> {
    const where = await this.#whereOf(repository, message);
    if ('note' in where) return { runs: [], note: where.note };
    const { name, occurrence, trigger, title, actor, held, payload } = message;
    return this.happened(repository, {
      ...{ name, occurrence, trigger, actor, payload, ...where, receivedAt: dateOf(message.receivedAt) },
      ...(title === undefined ? {} : { title }),
      ...(held === undefined ? {} : { held }),
    });
  }

  /**
   * Plans and stores what workflow files make of an event, and gives the jobs away; `note` says why there is nothing.
   * @throws {CommitNotFoundError} @throws {GitError} @throws {DispatchRefusedError} if it may be refused
   */
  async happened(repository: RepositoryRecord, occurred: Occurred): Promise<Taken> {
    const { store, clock, giver, background, planner } = this.#options;
    const { occurrence, trigger, receivedAt, title, isRefusable, ...event } = occurred;
    const { tree, plans, commit, payload, actor = event.actor } = await planner.event(repository, event);
    const { name, ref } = event;
    if (plans.length === 0) return { runs: [], note: `no workflow file at ${ref} is for ${describe(name, payload)}` };
    const refused = isRefusable ? plans.find(({ error }) => error !== undefined)?.error : undefined;
    if (refused !== undefined) throw new DispatchRefusedError(refused);
    const { sha, author, committedAt } = commit;
    const said = { sha, tree, author, committedAt, title: title || commit.title };
    const head = pullHeadOf(name, event.payload);
    const more = {
      ...(payload === undefined ? {} : { payload }),
      ...(head === undefined || head === sha ? {} : { head }),
    };
    const commits = plans.map((plan) => ({ ...said, plan, actor, ...more }));
    const where = { repository: repository.id, ref, before: NO_COMMIT, after: sha };
    const dispatch = { ...where, event: name, trigger, receivedAt, occurrence, commits };
    const storing = store.dispatch(dispatch, clock.now());
    background.run('give jobs', () => giver.workArrived(countReady(commits), repository.id));
    const runs = await storing;
    background.wrote();
    return { runs };
  }

  /** On which commit it happened, and what it is compared with. */
  async #whereOf(repository: RepositoryRecord, message: EventMessage): Promise<Where | { readonly note: string }> {
    const { ref, sha, base, fork, fetch = [] } = message;
    const more = { fetch, ...(base === undefined ? {} : { base }) };
    if (ref !== undefined && sha !== undefined) return { ref, ...(await this.#mergeOf(repository, ref, sha)), ...more };
    if (ref !== undefined && fork !== undefined) {
      const tip = await this.#tipOf(repository, fork);
      return typeof tip === 'string' ? { ref, sha: tip, ...more } : tip;
    }
    const { refs } = this.#options;
    const found = ref === undefined ? await refs.defaultBranch(repository) : await refs.find(repository, ref);
    if (found !== undefined) return { ...found, ...(sha === undefined ? {} : { sha }), ...more };
    const note = ref === undefined ? 'the default branch is not known, or has no commit yet' : `there is no ${ref}`;
    return { note };
  }

  /** Where the branch of a fork is now; what a stranger keeps to himself is told at once, and not asked for again and again. */
  async #tipOf(repository: RepositoryRecord, { path, branch }: Fork): Promise<string | { readonly note: string }> {
    try {
      const tip = await this.#options.commits.fetchFork(repository, path, `refs/heads/${branch}`);
      return tip ?? { note: `there is no branch ${branch} in the fork ${path} any more` };
    } catch (error) {
      if (!(error instanceof AccessDeniedError)) throw error;
      return { note: `the fork ${path} is not open to this server: ${messageOf(error)}` };
    }
  }

  /** Where the pull request of an event is now, by the ref that its forge keeps for that. */
  async #headOf(repository: RepositoryRecord, { fetch = [] }: EventMessage): Promise<string | undefined> {
    const ref = fetch.find((one) => /\/(?:head|from)$/.test(one));
    return ref && this.#options.commits.fetchRef(repository, ref).catch(() => undefined);
  }

  /** A pull request is tested as it would be once merged, where the forge has made that commit already. */
  async #mergeOf(repository: RepositoryRecord, ref: string, sha: string) {
    const { commits } = this.#options;
    if (!/^refs\/pull\/\d+\/merge$/.test(ref)) return { sha };
    const merge = await commits.fetchRef(repository, ref);
    const found = merge === undefined || isNoCommit(merge) ? undefined : await commits.find(repository, merge);
    return found?.parents.includes(sha) ? { sha: found.sha, head: sha } : { sha };
  }
}

type Fork = NonNullable<EventMessage['fork']>;
type Where = Pick<OtherEvent, 'ref' | 'sha' | 'base' | 'head' | 'fetch'>;

/** Events of a pull request: forges show what came of them at the commit that it is at. */
const OF_A_PULL: ReadonlySet<string> = new Set([
  ...['pull_request', 'pull_request_target', 'pull_request_review', 'pull_request_review_comment'],
]);

/** The commit that a pull request is at. */
function pullHeadOf(name: string, payload: { readonly [key: string]: Json } | undefined): string | undefined {
  if (!OF_A_PULL.has(name)) return undefined;
  const { pull_request: pull } = (payload ?? {}) as { readonly pull_request?: { readonly head?: { sha?: unknown } } };
  const sha = pull?.head?.sha;
  return typeof sha === 'string' && SHA_PATTERN.test(sha) ? sha : undefined;
}

/** `pull_request (closed)`: workflow files may be for some activities only. */
function describe(name: string, payload: { readonly [key: string]: Json } | undefined): string {
  const action = payload?.action;
  return typeof action === 'string' ? `${name} (${action.slice(0, 100)})` : name;
}
