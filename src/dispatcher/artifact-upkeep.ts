import type { ArtifactSettings } from '../config/config.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';

/** What {@link ArtifactUpkeep} needs. */
export interface ArtifactUpkeepOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly background: Background;
  readonly settings: ArtifactSettings;
}

/** How often it is looked, in milliseconds: an hour. */
const LOOK_MS = 3_600_000;

/** Removes artifacts that have expired, and the oldest ones beyond the limit. */
export class ArtifactUpkeep {
  readonly #options: ArtifactUpkeepOptions;
  #stop = () => {};

  constructor(options: ArtifactUpkeepOptions) {
    this.#options = options;
  }

  /** Begins to look now and then. */
  start(): void {
    const { clock, background, store, settings } = this.#options;
    this.#stop = clock.every(LOOK_MS, () =>
      background.run('tidy up the artifacts', () => store.artifacts.tidy(clock.now(), settings.totalBytes)),
    );
  }

  /** Stops. Safe twice and before `start`. */
  stop(): void {
    this.#stop();
  }
}
