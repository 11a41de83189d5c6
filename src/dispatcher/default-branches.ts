import { type AccessOf, NO_ACCESS } from '../git/access.ts';
import { localDefaultBranch, remoteDefaultBranch } from '../git/default-branch.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';

/** How long an answer is good, in milliseconds: it hardly ever changes. */
const LOCAL_MS = 10_000;
const REMOTE_MS = 600_000;

/** The default branches of repositories, asked for seldom: a remote takes a process and a connection. */
export class DefaultBranches {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #accessOf: AccessOf;
  readonly #known = new Map<number, { readonly branch: Promise<string | undefined>; readonly untilMs: number }>();

  constructor(options: { readonly clock: Clock; readonly logger: Logger; readonly accessOf?: AccessOf }) {
    this.#accessOf = options.accessOf ?? NO_ACCESS;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  /** As a full ref. Undefined if there is none, or if the repository cannot be asked now. */
  of(repository: RepositoryRecord): Promise<string | undefined> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#known.get(repository.id);
    if (known !== undefined && known.untilMs > nowMs) return known.branch;
    const branch = this.#ask(repository);
    const goodMs = repository.gitDir === null ? REMOTE_MS : LOCAL_MS;
    this.#known.set(repository.id, { branch, untilMs: nowMs + goodMs });
    return branch;
  }

  async #ask({ id, name, gitDir, sources }: RepositoryRecord): Promise<string | undefined> {
    try {
      if (gitDir !== null) return await localDefaultBranch(gitDir);
      const [source = ''] = sources;
      return await remoteDefaultBranch(source, await this.#accessOf(source));
    } catch (error) {
      this.#known.delete(id);
      this.#logger.warn({ repository: name }, `its default branch is not known: ${messageOf(error)}`);
      return undefined;
    }
  }
}
