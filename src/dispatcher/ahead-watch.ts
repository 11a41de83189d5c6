import type { Clock } from '../support/clock.ts';
import type { Held } from './leases.ts';

/** What {@link AheadWatch} needs. */
export interface AheadWatchOptions {
  readonly clock: Clock;
  /** What a runner was given beyond its slots, and cannot have begun. */
  readonly ahead: () => readonly Held[];
  /** Asks the runner to give it back; it does so if it has not begun it. */
  readonly withdraw: (held: Held) => void;
}

/** How long a job may wait at a runner for those before it, in milliseconds: somebody else may be free. */
const PATIENCE_MS = 100;

/** Sees to it that a job which was given ahead does not wait behind one that takes longer than expected. */
export class AheadWatch {
  readonly #options: AheadWatchOptions;
  #cancel: (() => void) | undefined;

  constructor(options: AheadWatchOptions) {
    this.#options = options;
  }

  /** Begins to watch what is ahead now. */
  begin(): void {
    const { clock, ahead } = this.#options;
    if (this.#cancel !== undefined) return;
    const before = new Set(ahead());
    if (before.size > 0) this.#cancel = clock.after(PATIENCE_MS, () => this.#look(before));
  }

  /** Ends it. Safe twice. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(before: ReadonlySet<Held>): void {
    this.#cancel = undefined;
    for (const held of this.#options.ahead()) if (before.has(held)) this.#options.withdraw(held);
    this.begin();
  }
}
