import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { KeptActions } from './actions/kept-actions.ts';
import type { Snapshots } from './snapshots.ts';
import type { Trash } from './trash.ts';
import type { Workspaces } from './workspaces.ts';

/** What is kept in order. */
export interface HousekeepingOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly trash: Trash;
  readonly workspaces: Workspaces;
  readonly snapshots: Snapshots;
  readonly actions: Pick<KeptActions, 'evict'>;
  /** Does nothing run? */
  readonly isIdle: () => boolean;
}

/** How long nothing must have run before we begin, and how long we wait for that at most, in milliseconds. */
const QUIET_MS = 300;
const PATIENCE_MS = 30_000;
/** How often the disk is measured at most: `du` over everything costs a second or more. */
const MEASURE_MS = 600_000;

/** What is done while no job runs, so that none has to wait for it: removing, copying ahead, evicting. */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  #cancel: (() => void) | undefined;
  #dueMs: number | undefined;
  #measuredMs: number | undefined;
  #hasGrown = false;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** A job has ended: the disk is fuller than before. */
  jobEnded(): void {
    this.#hasGrown = true;
    this.wake();
  }

  /** There may be something to do. */
  wake(): void {
    this.#dueMs ??= this.#options.clock.monotonicMs() + PATIENCE_MS;
    this.#cancel ??= this.#options.clock.after(QUIET_MS, () => this.#look());
  }

  /** Throws away what can be had again, measuring it first: not to be called all the time. */
  async makeRoom(): Promise<void> {
    const { trash, workspaces, snapshots, actions } = this.#options;
    await trash.empty();
    await workspaces.evict(0);
    await snapshots.evict(0);
    await actions.evict(0);
    await trash.empty();
  }

  #look(): void {
    this.#cancel = undefined;
    const { clock, isIdle, logger } = this.#options;
    const mustWait = !isIdle() && clock.monotonicMs() < (this.#dueMs ?? 0);
    if (mustWait) {
      this.wake();
      return;
    }
    this.#dueMs = undefined;
    this.#tidy().catch((error) => logger.warn({ error: messageOf(error) }, 'could not tidy up the runner'));
  }

  async #tidy(): Promise<void> {
    const { clock, trash, workspaces, snapshots, actions } = this.#options;
    await snapshots.prepareAhead();
    await trash.empty();
    const nowMs = clock.monotonicMs();
    const isDue = this.#measuredMs === undefined || nowMs - this.#measuredMs >= MEASURE_MS;
    if (!isDue || !this.#hasGrown) return;
    this.#measuredMs = nowMs;
    this.#hasGrown = false;
    await workspaces.evict();
    await snapshots.evict();
    await actions.evict();
    await trash.empty();
  }
}
