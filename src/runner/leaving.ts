import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { DispatcherConnection } from './dispatcher-link.ts';

/** How long a runner that leaves waits for its last results to be acknowledged, in milliseconds. */
const LAST_ACK_MS = 10_000;

/** What {@link Leaving} works with. */
export interface LeavingOptions {
  /** Leaves after one job. */
  readonly once: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the runner has: `isIdle` when nothing runs, `size` counts what is not handed over yet, too. */
  readonly holdings: () => { readonly isIdle: boolean; readonly size: number };
  readonly connection: () => DispatcherConnection | undefined;
  /** Called when it may leave; perhaps more than once. */
  readonly leave: () => void;
}

/** When a runner takes no more jobs, by whose wish, and when it is done with those it has. */
export class Leaving {
  readonly #options: LeavingOptions;
  #hasBegun = false;
  #isDraining = false;
  /** It leaves by its own wish, whatever the dispatcher says. */
  #isOwnWish = false;
  #isOrphaned = false;
  #cancelWait: (() => void) | undefined;

  constructor(options: LeavingOptions) {
    this.#options = options;
  }

  /** It takes no new jobs. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Could it still be told to take jobs again? */
  get canResume(): boolean {
    return !this.#isOwnWish;
  }

  /** Takes no new work, finishes what runs, hands it over, leaves. Safe twice. */
  drain(): void {
    if (this.#isOwnWish) return;
    this.#isOwnWish = true;
    this.#isDraining = true;
    this.#options.connection()?.send({ type: 'draining', isOwnWish: true });
    this.leaveIfDone();
  }

  /** Whoever started it died: it waits for nobody who could acknowledge its last results. */
  setOrphaned(): void {
    this.#isOrphaned = true;
    this.drain();
    this.leaveIfDone();
  }

  /** The dispatcher's wish: it may be taken back as long as something runs. */
  toldToDrain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#options.logger.info('told to take no more jobs: this runner leaves when it has none');
    this.#options.connection()?.send({ type: 'draining' });
    this.leaveIfDone();
  }

  /** That wish is taken back. */
  toldToResume(): void {
    if (this.#isOwnWish || this.#options.holdings().size === 0) return;
    this.#isDraining = false;
    this.#options.logger.info('told to take jobs again');
    this.stop();
    this.#options.connection()?.send({ type: 'taking' });
  }

  /** A job has begun. Not when it is given: one that is given back was none, and another is waited for. */
  began(): void {
    this.#hasBegun = true;
    if (this.#options.once) this.drain();
  }

  /** Leaves, if that is wanted and nothing runs; gives the last results a moment to be acknowledged. */
  leaveIfDone(): void {
    const { once, clock, holdings, connection, leave } = this.#options;
    if (!this.#isDraining || !holdings().isIdle) return;
    // Who leaves after one job may be on a machine that is thrown away: its result must not stay there.
    const mustDeliver = once && this.#hasBegun && !this.#isOrphaned;
    if (holdings().size === 0 || (connection() === undefined && !mustDeliver)) leave();
    else if (!mustDeliver) this.#cancelWait ??= clock.after(LAST_ACK_MS, leave);
  }

  /** Waits for no acknowledgement any more. */
  stop(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
  }
}
