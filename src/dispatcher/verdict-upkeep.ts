import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';

/** How often it is looked, in milliseconds: an hour. */
const LOOK_MS = 3_600_000;

/** Forgets green verdicts that are too old to be taken over. */
export class VerdictUpkeep {
  readonly #options: { readonly store: Store; readonly clock: Clock; readonly background: Background };
  #stop = () => {};

  constructor(options: { readonly store: Store; readonly clock: Clock; readonly background: Background }) {
    this.#options = options;
  }

  /** Begins to look now and then. */
  start(): void {
    const { clock, background, store } = this.#options;
    this.#stop = clock.every(LOOK_MS, () =>
      background.run('forget old verdicts', () => store.tidyVerdicts(clock.now())),
    );
  }

  /** Stops. Safe twice and before `start`. */
  stop(): void {
    this.#stop();
  }
}
