import type { Mirrors } from '../git/mirror.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';

/** What {@link MirrorFollower} needs. */
export interface MirrorFollowerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mirrors: Mirrors;
}

/** How long after a push its mirror follows, in milliseconds: the start of the job has the processor first. */
const FOLLOW_MS = 1_000;

/**
 * Brings what was pushed to a local repository into its mirror, so that commits which are amended or pushed away can
 * be tested still, and so that runners on other machines get them from there. Nobody waits for it.
 */
export class MirrorFollower {
  readonly #options: MirrorFollowerOptions;
  readonly #waiting = new Map<number, () => void>();
  readonly #fetching = new Set<Promise<void>>();

  constructor(options: MirrorFollowerOptions) {
    this.#options = options;
  }

  /** A push to this repository was stored. */
  follow({ id, gitDir, name, sources: [source] }: RepositoryRecord): void {
    if (gitDir === null || source === undefined || this.#waiting.has(id)) return;
    const { clock, logger, mirrors } = this.#options;
    const cancel = clock.after(FOLLOW_MS, () => {
      this.#waiting.delete(id);
      const fetching = mirrors.fetch(id, source).catch((error: unknown) => {
        logger.warn({ repository: name }, `the mirror could not follow: ${messageOf(error)}`);
      });
      this.#fetching.add(fetching);
      void fetching.then(() => this.#fetching.delete(fetching));
    });
    this.#waiting.set(id, cancel);
  }

  /** Nothing more is begun. */
  stop(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }

  /** Waits for what is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#fetching);
  }
}
