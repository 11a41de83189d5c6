import type { Mirrors } from '../git/mirror.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';
import type { Registry } from './registry.ts';

/** What {@link MirrorUpkeep} needs. */
export interface MirrorUpkeepOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly background: Background;
  readonly registry: Registry;
  readonly mirrors: Mirrors;
  /** Most bytes that all mirrors may take. Default 20 GB. */
  readonly limitBytes?: number;
}

/** How often it is looked, in milliseconds: an hour. */
const LOOK_MS = 3_600_000;
const DEFAULT_LIMIT_BYTES = 20e9;
/** With more jobs waiting than this, nobody knows which mirrors they need, and all stay. */
const MAX_WAITING = 1_000;

/** Keeps the mirrors within their limit: those go that were not fetched for the longest time and that no job needs. */
export class MirrorUpkeep {
  readonly #options: MirrorUpkeepOptions;
  #stop = () => {};

  constructor(options: MirrorUpkeepOptions) {
    this.#options = options;
  }

  /** Begins to look now and then. */
  start(): void {
    const { clock, background } = this.#options;
    this.#stop = clock.every(LOOK_MS, () => background.run('tidy up the mirrors', () => this.#tidy()));
  }

  /** Stops. Safe twice and before `start`. */
  stop(): void {
    this.#stop();
  }

  async #tidy(): Promise<void> {
    const { mirrors, limitBytes = DEFAULT_LIMIT_BYTES } = this.#options;
    const needed = await this.#needed();
    if (needed !== undefined) await mirrors.evict(limitBytes, needed);
  }

  /** Repositories with jobs that wait or run. */
  async #needed(): Promise<Set<number> | undefined> {
    const { store, registry } = this.#options;
    const [queue, running] = await Promise.all([store.queue(MAX_WAITING), store.runs({ status: 'in_progress' })]);
    if (queue.total > MAX_WAITING || running.length === 100) return undefined;
    const names = new Set([...queue.jobs, ...running].map(({ repository }) => repository));
    return new Set((await registry.list()).flatMap(({ id, name }) => (names.has(name) ? [id] : [])));
  }
}
