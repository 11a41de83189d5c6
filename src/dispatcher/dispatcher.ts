import { EventEmitter } from 'node:events';
import type { RunnerStatus } from '../model/pool.ts';
import type { Component } from '../support/component.ts';
import { bracketed } from '../support/host-port.ts';
import type { ManualDispatch } from './manual-dispatch.ts';
import { type DispatcherOptions, makeParts, type Parts } from './parts.ts';
import type { Registry } from './registry.ts';
import type { RefAt } from './repository-refs.ts';
import type { Schedule } from './schedules.ts';

/** What a dispatcher tells those around it. */
export interface DispatcherEvents {
  /** The store is broken: the process has to end and to be started again, since nothing can be acknowledged. */
  fatal: [error: Error];
  /** A runner came, went or began to drain. */
  runners: [];
}

/** Gives queued jobs to free runners, and keeps what they tell. `start` once; after `stop` make a new one. */
export class Dispatcher extends EventEmitter<DispatcherEvents> implements Component {
  readonly #options: DispatcherOptions;
  readonly #parts: Parts;
  #address: string | undefined;
  #hasFailed = false;
  #stopping: Promise<void> | undefined;
  #stopListening: (() => void)[] = [];

  constructor(options: DispatcherOptions) {
    super();
    this.#options = options;
    this.#parts = makeParts(options, {
      fatal: (error) => this.#fail(error),
      changed: () => this.emit('runners'),
      gone: ({ name }) => {
        if (this.#stopping === undefined) this.#parts.leases.runnerIsGone(name);
      },
    });
  }

  /** The repositories that are watched. */
  get registry(): Registry {
    return this.#parts.registry;
  }

  /** The default branch of a repository, and where it was when its workflow files were read; undefined: not yet. */
  defaultBranchOf(repository: number): RefAt | undefined {
    return this.#parts.workflows.of(repository);
  }

  /** The newest commits of the branch whose tip is `sha`, oldest first, each the first parent of the next; none if it is not there. */
  async lineOf(repository: number, sha: string): Promise<readonly string[]> {
    const record = await this.#parts.registry.get(repository);
    return record === undefined ? [] : this.#parts.commits.line(record, sha);
  }

  /** What was merged into the branch whose tip is `sha`: the commits that did, each with those that it brought in. */
  async mergesOf(repository: number, sha: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const record = await this.#parts.registry.get(repository);
    return record === undefined ? new Map() : this.#parts.commits.merges(record, sha);
  }

  /** Paths that differ between a commit and where it left `base` (default: the default branch); undefined: it cannot be told. */
  async changedFiles(repository: number, sha: string, base: string | null): Promise<readonly string[] | undefined> {
    const record = await this.#parts.registry.get(repository);
    const from = base ?? this.defaultBranchOf(repository)?.sha;
    return record === undefined || from === undefined ? undefined : this.#parts.commits.changed(record, sha, from);
  }

  /** A file as it is in a commit, without fetching; undefined if it is not there. */
  async fileAt(repository: number, sha: string, path: string): Promise<string | undefined> {
    const record = await this.#parts.registry.get(repository);
    return record === undefined ? undefined : this.#parts.commits.file(record, sha, path);
  }

  /** When workflows of a repository are due, by their schedules; the next one first. */
  schedulesOf(repository: number): readonly Schedule[] {
    return this.#parts.schedules.of(repository);
  }

  /** Leases that were over before their runner came back, since the start. */
  get leaseExpiries(): number {
    return this.#parts.reaper.expiries;
  }

  /** Spans of traces since the start, by what became of them; undefined where no traces are made. */
  get spans(): Readonly<Record<string, number>> | undefined {
    return this.#parts.traces.counts;
  }

  /** What retention removed since the start, by kind. */
  get removed(): Readonly<Record<string, number>> {
    return this.#parts.retention.removed;
  }

  /** Starts workflows because somebody says so. */
  get manual(): ManualDispatch {
    return this.#parts.manual;
  }

  /** `127.0.0.1:8888`, with the port that was got; only while it listens. */
  get address(): string {
    if (this.#address === undefined) throw new Error('the dispatcher does not listen (yet)');
    return this.#address;
  }

  /**
   * Takes over what was under way, then listens.
   * @throws {ListenError} if the port is taken or cannot be had.
   */
  async start(): Promise<void> {
    const { leases, testResults, workflowRuns, classics, server, reaper, registry, observers, giver, pool } =
      this.#parts;
    try {
      await leases.load();
      pool.setDrained(await this.#options.store.drainedRunners());
      await testResults.start();
      await workflowRuns.start();
      await this.#parts.traces.start();
      await classics.start();
      const { host, port } = await server.listen();
      this.#address = `${bracketed(host)}:${port}`;
    } catch (error) {
      await this.stop();
      throw error;
    }
    const { store } = this.#options;
    this.#stopListening = [
      registry.onChange(() => {
        observers.repositoriesChanged();
        giver.wake(); // a claim forgets what a removed repository had waiting
      }),
      store.onQueued(() => giver.wake()),
      store.onCancelled(({ runner, why, isForced, ...key }) => pool.get(runner)?.cancel(key, why, isForced)),
    ];
    reaper.start();
    this.#parts.culprits.start();
    this.#parts.verdictUpkeep.start();
    this.#parts.upkeep.start();
    this.#parts.schedules.start();
    this.#parts.workflows.start();
    setImmediate(() => this.#parts.files.warmUp());
    this.#parts.retention.start();
    this.#parts.search.start();
    this.#options.logger.info({ address: this.#address }, 'the dispatcher listens');
  }

  /** Closes connections; what runners execute goes on and is taken over by the next dispatcher. Safe twice. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The runners that are connected, and those that are expected back; by name. */
  runners(): RunnerStatus[] {
    return this.#parts.pool.status();
  }

  /** A runner is given no new jobs, however often it comes again, until it is resumed. False: there is none of this name. */
  async drain(name: string): Promise<boolean> {
    const { pool } = this.#parts;
    if (!pool.knows(name)) return false;
    await this.#options.store.setDrained(name, this.#options.clock.now());
    pool.setDrained([name]);
    pool.get(name)?.drain();
    this.emit('runners');
    return true;
  }

  /** Takes back that a runner was drained. `leaving`: the one that is there now leaves all the same. */
  async resume(name: string): Promise<'resumed' | 'leaving' | 'unknown'> {
    const { pool, giver } = this.#parts;
    await this.#options.store.setDrained(name, undefined);
    const wasDrained = pool.unsetDrained(name);
    if (wasDrained) this.emit('runners');
    const runner = pool.get(name);
    if (runner === undefined) return wasDrained ? 'resumed' : 'unknown';
    if (!runner.isDraining) return 'resumed';
    if (pool.isPaused || !runner.resume()) return 'leaving';
    giver.roomIn(runner);
    this.emit('runners');
    return 'resumed';
  }

  /** Gives no jobs any more; fulfilled when the runners that are connected have none. They stay connected. */
  drainAll(): Promise<void> {
    return this.#parts.pool.drain();
  }

  async #stop(): Promise<void> {
    const { reaper, follower, native, git, classics, classic, server, background, testResults, commits } = this.#parts;
    for (const stop of this.#stopListening) stop();
    reaper.stop();
    this.#parts.culprits.stop();
    this.#parts.verdictUpkeep.stop();
    this.#parts.upkeep.stop();
    this.#parts.schedules.stop();
    this.#parts.workflows.stop();
    this.#parts.retention.stop();
    this.#parts.search.stop();
    follower.stop();
    native.closeAll('the dispatcher stops');
    git.close();
    classics.stop();
    classic.close();
    await server.close();
    this.#parts.progress.flush();
    this.#parts.intake.flush();
    await testResults.stop();
    await this.#parts.workflowRuns.stop();
    await this.#parts.traces.stop();
    await background.settled();
    await commits.close();
    await follower.settled();
    this.#address = undefined;
  }

  #fail(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.logger.fatal({ err: error }, `the store is broken: ${error.message}`);
    this.emit('fatal', error);
  }
}
