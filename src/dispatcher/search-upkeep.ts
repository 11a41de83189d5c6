import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';

/** What {@link SearchUpkeep} needs. */
export interface SearchUpkeepOptions {
  readonly store: Pick<Store, 'search' | 'onEvents'>;
  readonly clock: Clock;
  readonly background: Background;
  /** Lets others work between two steps. Default: 10 ms. */
  readonly pause?: () => Promise<void>;
}

/** So long after something happened what is new joins the index: runs come by the hundred, and are found without it. */
const LATER_MS = 1_000;

const aMoment = () => new Promise<void>((resolve) => void setTimeout(resolve, 10).unref());

/** Keeps what searches go by up to date, beside the work: after a start with all that is not in it yet. */
export class SearchUpkeep {
  readonly #options: SearchUpkeepOptions;
  #ends: (() => void)[] = [];
  #isWaiting = false;
  #isStopped = false;

  constructor(options: SearchUpkeepOptions) {
    this.#options = options;
  }

  /** Begins to follow. */
  start(): void {
    this.#ends.push(this.#options.store.onEvents(() => this.#soon()));
    this.#soon();
  }

  /** Stops; a step that is under way is completed. Safe twice and before `start`. */
  stop(): void {
    this.#isStopped = true;
    for (const end of this.#ends.splice(0)) end();
  }

  #soon(): void {
    if (this.#isWaiting || this.#isStopped) return;
    this.#isWaiting = true;
    const { clock, background } = this.#options;
    const end = clock.after(LATER_MS, () => {
      this.#ends.splice(this.#ends.indexOf(end), 1);
      background.run('keep the search up to date', () => this.#follow());
    });
    this.#ends.push(end);
  }

  async #follow(): Promise<void> {
    const { store, pause = aMoment } = this.#options;
    try {
      while (!this.#isStopped && (await store.search.index())) await pause();
    } finally {
      // what happens from now on is told again
      this.#isWaiting = false;
    }
  }
}
