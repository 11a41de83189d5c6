import { existsSync } from 'node:fs';
import { type Config, settingsOf } from '../config/config.ts';
import { CommitNotFoundError } from '../git/git.ts';
import { type Mirrors, parseSource } from '../git/mirror.ts';
import { type CommitObject, ObjectReader } from '../git/object-reader.ts';
import type { Plan } from '../model/plan.ts';
import type { RepositoryRecord } from '../store/store.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { FOUND_WORKFLOW, findTests } from '../workflow/find-tests.ts';
import { Bounded } from './bounded.ts';
import { codeOf, PlanTimeoutError } from './errors.ts';

/** What there is to do for one commit. */
export interface PlannedCommit {
  /** Null if the commit could not be read. */
  readonly tree: string | null;
  readonly plan: Plan;
}

/** What {@link Planner} needs. */
export interface PlannerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: Pick<Config, 'defaults' | 'repositories'>;
  readonly mirrors: Mirrors;
}

/** Repositories whose git process is kept; it ends by itself when it has nothing to do for a while. */
const MAX_READERS = 32;
/** Plans that are kept: a rebase, a revert or a merge often brings back a tree that was planned before. */
const MAX_PLANS = 500;
/** How long reading one commit may take, fetching included, in milliseconds. */
const PLAN_MS = 120_000;

interface Found {
  readonly reader: ObjectReader;
  readonly commit: CommitObject;
}

/** Reads commits and says what to do for them. */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #readers = new Bounded<string, ObjectReader>(MAX_READERS, (reader) => void reader.close());
  readonly #plans = new Bounded<string, Promise<Plan>>(MAX_PLANS);

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /**
   * The plan of a commit; of one that is not there any more, a plan with an error.
   * @throws {GitError} if its remote cannot be reached: it may work later. @throws {PlanTimeoutError}
   */
  async plan(repository: RepositoryRecord, sha: string): Promise<PlannedCommit> {
    const { clock } = this.#options;
    let cancel = () => {};
    const deadline = new Promise<never>((_, reject) => {
      cancel = clock.after(PLAN_MS, () => reject(new PlanTimeoutError(sha, repository.name, PLAN_MS)));
    });
    try {
      return await Promise.race([this.#plan(repository, sha), deadline]);
    } finally {
      cancel();
    }
  }

  /** A commit as it can be read on this machine without fetching; undefined if it is not there. */
  async find(repository: RepositoryRecord, sha: string): Promise<CommitObject | undefined> {
    const found = await this.#read(repository, sha);
    return 'missing' in found ? undefined : found.commit;
  }

  /** Ends the git processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
    this.#readers.clear();
  }

  async #plan(repository: RepositoryRecord, sha: string): Promise<PlannedCommit> {
    let found = await this.#read(repository, sha);
    if ('missing' in found) {
      for (const source of repository.sources) await this.#fetch(repository, source);
      found = await this.#read(repository, sha);
    }
    if ('missing' in found) return { tree: null, plan: couldNot(messageOf(found.missing)) };
    const { tree } = found.commit;
    return { tree, plan: await this.#planOf(repository, found.reader, tree) };
  }

  /** Settings are part of the key: the same tree in another repository may have another folder with tests. */
  #planOf({ name }: RepositoryRecord, reader: ObjectReader, tree: string): Promise<Plan> {
    const { dir, envPass, logLimitBytes, timeoutMs } = settingsOf(this.#options.config, name);
    const settings = { dir, envPass, logLimitBytes, timeoutMs };
    const key = `${tree} ${JSON.stringify(settings)}`;
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const plan = findTests(reader.treeReader(tree), settings);
    this.#plans.set(key, plan);
    plan.catch(() => this.#plans.delete(key));
    return plan.catch((error: unknown) => {
      this.#options.logger.error({ err: error, repository: name, tree }, 'could not look for tests');
      return couldNot(`the tests could not be looked for: ${messageOf(error)}`);
    });
  }

  /** Looks in the watched repository itself, then in the mirror. */
  async #read(repository: RepositoryRecord, sha: string): Promise<Found | { readonly missing: unknown }> {
    const mirror = this.#options.mirrors.pathOf(repository.id);
    const folders = (repository.gitDir === null ? [mirror] : [repository.gitDir, mirror]).filter(existsSync);
    let missing: unknown = new CommitNotFoundError(sha, repository.name);
    for (const folder of folders) {
      const reader = this.#readerOf(folder);
      try {
        return { reader, commit: await reader.commit(sha) };
      } catch (error) {
        missing = error;
      }
    }
    return { missing };
  }

  #readerOf(gitDir: string): ObjectReader {
    const known = this.#readers.get(gitDir);
    if (known !== undefined) return known;
    const reader = new ObjectReader({ gitDir });
    this.#readers.set(gitDir, reader);
    return reader;
  }

  /** A folder that is gone will not come back by itself; a remote that does not answer will. */
  async #fetch({ id, name }: RepositoryRecord, source: string): Promise<void> {
    const { mirrors, logger } = this.#options;
    try {
      await mirrors.fetch(id, source);
    } catch (error) {
      if (codeOf(error) === undefined || parseSource(source).kind === 'remote') throw error;
      logger.warn({ repository: name, source }, `could not fetch: ${messageOf(error)}`);
    }
  }
}

function couldNot(error: string): Plan {
  return { workflow: FOUND_WORKFLOW, keyRef: '', jobs: [], error };
}
