import type { RunnerStatus } from '../model/pool.ts';
import type { Clock } from '../support/clock.ts';
import type { ConnectedRunner } from './connected-runner.ts';

/** What {@link Pool} needs. */
export interface PoolOptions {
  readonly clock: Clock;
  /** How long a runner that is gone is expected back, in milliseconds. */
  readonly reconnectMs: number;
  /** Somebody came, went, or changed: for people. */
  readonly changed: () => void;
  /** The last connection of a runner is gone. */
  readonly gone: (runner: ConnectedRunner) => void;
}

/** The runners that are connected now, by name, and those that are expected back. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #connected = new Map<string, ConnectedRunner>();
  readonly #lost = new Map<string, { readonly status: RunnerStatus; readonly untilMs: number }>();
  readonly #drained = new Set<string>();
  #isPaused = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** A runner is there. Whoever had its name before is told to go: the newer session is the one that counts. */
  enter(runner: ConnectedRunner): void {
    const older = this.#connected.get(runner.name);
    this.#connected.set(runner.name, runner);
    this.#lost.delete(runner.name);
    if (this.#isPaused || this.#drained.has(runner.name)) runner.pause();
    older?.replacedBy(runner);
    this.#options.changed();
  }

  /** Its connection is closed. Nothing happens if a newer session of its name is there. */
  leave(runner: ConnectedRunner): void {
    if (this.#connected.get(runner.name) !== runner) return;
    this.#connected.delete(runner.name);
    const status = runner.status();
    const untilMs = this.#options.clock.monotonicMs() + this.#options.reconnectMs;
    const isAtWork = status.state === 'idle' || status.state === 'busy';
    const isExpected = isAtWork || status.executions.length > 0;
    if (isExpected) this.#lost.set(runner.name, { status: { ...status, state: 'lost' }, untilMs });
    this.#options.gone(runner);
    this.#options.changed();
  }

  get(name: string): ConnectedRunner | undefined {
    return this.#connected.get(name);
  }

  /** These are given nothing, now and whenever they come, until they are resumed. */
  setDrained(names: readonly string[]): void {
    for (const name of names) this.#drained.add(name);
  }

  /** What a runner is told of that in its welcome. */
  saysDrained(name: string): { readonly isDrained?: true } {
    return this.#drained.has(name) ? { isDrained: true } : {};
  }

  /** False: it was not drained. */
  unsetDrained(name: string): boolean {
    return this.#drained.delete(name);
  }

  /** Is there a runner of this name, or is one expected back? */
  knows(name: string): boolean {
    return this.status().some((runner) => runner.name === name);
  }

  /** Is nobody given anything any more? */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  get connected(): IterableIterator<ConnectedRunner> {
    return this.#connected.values();
  }

  /** Nobody is given anything any more; fulfilled when nothing runs on those that are connected. */
  async drain(): Promise<void> {
    this.#isPaused = true;
    for (const runner of this.#connected.values()) runner.pause();
    while ([...this.#connected.values()].some((runner) => runner.status().executions.length > 0))
      await Promise.all([...this.#connected.values()].map((runner) => runner.onIdle()));
  }

  /** Runners as people see them, by name. */
  status(): RunnerStatus[] {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [name, lost] of this.#lost) if (lost.untilMs <= nowMs) this.#lost.delete(name);
    const lost = [...this.#lost.values()].map(({ status }) => status);
    const here = [...[...this.#connected.values()].map((runner) => runner.status()), ...lost];
    const away = [...this.#drained].filter((name) => !here.some((runner) => runner.name === name));
    const all = [...here, ...away.map(awayStatus)];
    return all.sort((a, b) => a.name.localeCompare(b.name));
  }
}

/** A drained runner that is not connected: no more than its name is known of it. */
function awayStatus(name: string): RunnerStatus {
  const unknown = { labels: [], slots: 0, protocol: 'native', host: '', version: '', executions: [] } as const;
  return { name, ...unknown, state: 'drained', canResume: true, connectedAt: null, lastHeardAt: null };
}
