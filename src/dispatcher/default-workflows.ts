import { isNoCommit } from '../model/push.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { Background } from './background.ts';
import type { DefaultBranches } from './default-branches.ts';
import type { Planner } from './planner.ts';
import type { Registry } from './registry.ts';
import type { RefAt, RepositoryRefs } from './repository-refs.ts';
import type { WorkflowFile } from './workflow-files.ts';

/** The workflow files of a repository's default branch, as it was when it was looked at. */
export interface DefaultBranch extends RefAt {
  readonly repository: RepositoryRecord;
  readonly files: readonly WorkflowFile[];
}

/** A branch that moves while it is read is read once more, where it is then. */
interface Reading {
  next: { readonly at: RefAt | undefined } | undefined;
}

/** What {@link DefaultWorkflows} needs. */
export interface DefaultWorkflowsOptions {
  readonly background: Background;
  readonly registry: Registry;
  readonly refs: RepositoryRefs;
  readonly branches: DefaultBranches;
  readonly planner: Planner;
}

/**
 * The workflow files of all default branches: what schedules, and those that follow other workflows, are told by. Read at
 * the start, and again when the branch moves.
 */
export class DefaultWorkflows {
  readonly #options: DefaultWorkflowsOptions;
  readonly #known = new Map<number, DefaultBranch>();
  readonly #listeners = new Set<() => void>();
  readonly #reading = new Map<number, Reading>();
  #isRunning = false;
  #stop = () => {};

  constructor(options: DefaultWorkflowsOptions) {
    this.#options = options;
  }

  /** Reads all of them, in the background. */
  start(): void {
    this.#isRunning = true;
    this.#stop = this.#options.registry.onChange(() => this.#readAll());
    this.#readAll();
  }

  /** Nothing is read any more. Safe twice and before `start`. */
  stop(): void {
    this.#isRunning = false;
    this.#stop();
  }

  /** All that are known, of repositories that are watched. */
  get all(): Iterable<DefaultBranch> {
    return this.#known.values();
  }

  /** Of one repository. */
  of(repository: number): DefaultBranch | undefined {
    return this.#known.get(repository);
  }

  /** Of one repository, by full name. */
  named(name: string): DefaultBranch | undefined {
    return [...this.#known.values()].find(({ repository }) => repository.name === name);
  }

  /** Calls `listener` after each change; returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A ref moved: if it is the default branch, its files are read again. */
  moved(repository: RepositoryRecord, at: RefAt): void {
    if (!this.#isRunning || isNoCommit(at.sha)) return;
    this.#options.background.run('read the workflows of a default branch', async () => {
      if ((await this.#options.branches.of(repository)) === at.ref) await this.#read(repository, at);
    });
  }

  #readAll(): void {
    this.#options.background.run('read the workflows of default branches', async () => {
      const repositories = await this.#options.registry.list();
      const ids = new Set(repositories.map(({ id }) => id));
      const gone = [...this.#known.keys()].filter((id) => !ids.has(id));
      for (const id of gone) this.#known.delete(id);
      if (gone.length > 0) this.#changed();
      for (const one of repositories) if (!this.#known.has(one.id)) await this.#readSafely(one);
    });
  }

  /** One that cannot be reached now is read when it is pushed to, and does not keep the others from being read. */
  async #readSafely(repository: RepositoryRecord): Promise<void> {
    try {
      await this.#read(repository);
    } catch (error) {
      this.#options.background.report(`read the workflows of ${repository.name}`, error);
    }
  }

  /** @param at where the branch is; without, it is asked for. */
  async #read(repository: RepositoryRecord, at?: RefAt): Promise<void> {
    const reading = this.#reading.get(repository.id);
    if (reading !== undefined) {
      reading.next = { at };
      return;
    }
    const turn: Reading = { next: { at } };
    this.#reading.set(repository.id, turn);
    try {
      for (let next = turn.next; next !== undefined && this.#isRunning; next = turn.next) {
        turn.next = undefined;
        await this.#readOnce(repository, next.at ?? (await this.#options.refs.defaultBranch(repository)));
      }
    } finally {
      this.#reading.delete(repository.id);
    }
  }

  async #readOnce(repository: RepositoryRecord, at: RefAt | undefined): Promise<void> {
    if (at === undefined) return;
    const known = this.#known.get(repository.id);
    const files = await this.#options.planner.workflows(repository, at.sha);
    this.#known.set(repository.id, { ...at, repository, files });
    if (known?.files !== files) this.#changed();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
