import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DEFAULT_KEEP, type RepositorySettings } from '../../src/config/config.ts';
import { Dispatcher } from '../../src/dispatcher/dispatcher.ts';
import { expanderFor } from '../../src/dispatcher/expander-for.ts';
import type { DispatcherOptions } from '../../src/dispatcher/parts.ts';
import { NO_COMMIT } from '../../src/model/push.ts';
import type { DispatchMessage, EventMessage, WireCommit } from '../../src/protocol/to-dispatcher.ts';
import type { ExecutionKey } from '../../src/protocol/wire-fields.ts';
import type { EventType } from '../../src/store/event-record.ts';
import { openLogs } from '../../src/store/open-logs.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { RepositoryRecord } from '../../src/store/repositories.ts';
import type { RunRecord } from '../../src/store/run-record.ts';
import type { Store } from '../../src/store/store.ts';
import type { StoredLogs } from '../../src/store/stored-logs.ts';
import { createLogger } from '../../src/support/logger.ts';
import { FakeRunner, type FakeRunnerWishes } from './fake-runner.ts';
import { ManualClock } from './manual-clock.ts';
import { NativeClient } from './native-client.ts';
import { createRepository, type TestRepository } from './repository.ts';
import { tempDir } from './temp.ts';
import { waitFor } from './wait-for.ts';

/** What settings a repository has where a test says nothing. */
export const DEFAULTS: RepositorySettings = {
  policy: 'each',
  maxCommits: 250,
  dir: '',
  envPass: [],
  logLimitBytes: 100_000_000,
  timeoutMs: 3_600_000,
  reports: [],
  retryJobs: 0,
  reuse: 'off',
  workflows: 'auto',
  pollSeconds: null,
  keep: DEFAULT_KEEP,
  notify: [],
};

/** Expands workflow files with default settings. */
const EXPANDER = expanderFor({
  ...{ defaults: DEFAULTS, repositories: new Map(), labels: {} },
  actions: { server: 'https://github.com', allow: [], pinned: false, nearestVersion: false },
});

/** A commit whose tests a fake runner pretends to execute. */
export const CI_SH = { 'ci.sh': '#!/bin/sh\nexit 0\n' };

/** What of it a test wants otherwise. */
export type CiWishes = Partial<Omit<DispatcherOptions, 'store' | 'home' | 'clock'>>;

/** A dispatcher with a real store, on a real port, with a clock that a test moves; runners and observers are fakes. */
export class Ci implements AsyncDisposable {
  readonly home: string;
  readonly clock = new ManualClock();
  store: Store;
  logs: StoredLogs;
  dispatcher: Dispatcher;
  readonly #wishes: CiWishes;
  readonly #dir: AsyncDisposable;
  readonly #clients: NativeClient[] = [];
  #observer: NativeClient | undefined;
  #requests = 0;

  private constructor(
    dir: AsyncDisposable & { path: string },
    store: Store,
    logs: StoredLogs,
    clock: ManualClock,
    wishes: CiWishes,
  ) {
    this.#dir = dir;
    this.#wishes = wishes;
    this.home = dir.path;
    this.clock = clock;
    this.store = store;
    this.logs = logs;
    this.dispatcher = this.#make();
  }

  static async start(wishes: CiWishes = {}): Promise<Ci> {
    const dir = await tempDir('signalbox-ci-');
    const clock = new ManualClock();
    const store = await openStore({ home: dir.path, clock, expander: EXPANDER });
    const ci = new Ci(dir, store, await openLogs({ home: dir.path, store }), clock, wishes);
    try {
      await ci.dispatcher.start();
    } catch (error) {
      await ci[Symbol.asyncDispose]();
      throw error;
    }
    return ci;
  }

  get address(): string {
    return this.dispatcher.address;
  }

  /** The dispatcher ends and another one takes its place, on the same files. */
  async restart(): Promise<void> {
    await this.#closeAll();
    this.store = await openStore({ home: this.home, clock: this.clock, expander: EXPANDER });
    this.logs = await openLogs({ home: this.home, store: this.store });
    this.dispatcher = this.#make();
    await this.dispatcher.start();
  }

  /** A runner that is welcome. */
  async runner(wishes: FakeRunnerWishes = {}): Promise<FakeRunner> {
    const runner = this.client(new FakeRunner(this.address, wishes));
    await runner.welcomed();
    return runner;
  }

  /** Waits until log bytes that a runner sent are acknowledged; the beginning of a log waits a moment for more of it. */
  async logStored(runner: FakeRunner, bytes?: number): Promise<void> {
    await runner.heartbeat(); // what was sent before it has arrived
    this.clock.advance(20);
    await runner.received('log_ack', (ack) => bytes === undefined || ack.bytes === bytes);
  }

  /** A client that is gone at the end of the test. */
  client<C extends NativeClient>(client: C): C {
    this.#clients.push(client);
    return client;
  }

  /** An observer that is welcome. */
  async observer(): Promise<NativeClient> {
    if (this.#observer?.connection.isClosed === false) return this.#observer;
    const observer = this.client(new NativeClient(this.address));
    observer.hello({ role: 'observer' });
    await observer.received('welcome');
    this.#observer = observer;
    return observer;
  }

  /** Makes a repository with one commit, and watches it. */
  async repository(files: Readonly<Record<string, string>> = CI_SH, name?: string): Promise<WatchedRepository> {
    const repository = await createRepository(files);
    const record = await this.dispatcher.registry.add({ source: repository.path, name });
    return Object.assign(repository, { record });
  }

  /** Tells of commits of a repository (default: its HEAD), and waits for the answer. */
  async push(repository: WatchedRepository, ...shas: string[]): Promise<readonly number[]> {
    return this.dispatch(repository.record, shas.length > 0 ? shas : [await repository.git('rev-parse', 'HEAD')]);
  }

  async dispatch(
    repository: Pick<RepositoryRecord, 'id'>,
    shas: readonly string[],
    more: Partial<DispatchMessage> = {},
  ) {
    const observer = await this.observer();
    const request = ++this.#requests;
    observer.send(dispatchOf(request, repository, shas, more));
    const answer = await Promise.race([
      observer.received('dispatched', (message) => message.request === request),
      observer.received('dispatch_failed', (message) => message.request === request),
    ]);
    if (answer.type === 'dispatch_failed') throw new Error(`${answer.code}: ${answer.message}`);
    return answer.runs;
  }

  /** Tells of something that is no push, and waits for the answer. */
  async event(repository: Pick<RepositoryRecord, 'id'>, event: Pick<EventMessage, 'name'> & Partial<EventMessage>) {
    const observer = await this.observer();
    const request = ++this.#requests;
    const said = {
      occurrence: `delivery-${request}`,
      trigger: 'webhook',
      receivedAt: 0,
      actor: 'ada',
      payload: {},
    } as const;
    observer.send({ type: 'event', request, repository: repository.id, ...said, ...event });
    const answer = await Promise.race([
      observer.received('dispatched', (message) => message.request === request),
      observer.received('dispatch_failed', (message) => message.request === request),
    ]);
    if (answer.type === 'dispatch_failed') throw new Error(`${answer.code}: ${answer.message}`);
    return answer;
  }

  /** Time passes, in steps in which the clients that are connected say that they are there. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5_000) {
      this.clock.advance(Math.min(5_000, left));
      await this.settle();
    }
  }

  /** Every client that is connected has said that it is there, and was answered. */
  async settle(): Promise<void> {
    for (const client of this.#clients.filter((each) => !each.connection.isClosed)) {
      if (client instanceof FakeRunner) await client.heartbeat();
      else {
        client.send({ type: 'heartbeat', executions: [] });
        await client.received('heartbeat_ack');
      }
    }
  }

  /** Waits until a run is completed. */
  async completed(run: number | undefined): Promise<RunRecord> {
    await this.happened('run.completed', (event) => event.run === run);
    return (await this.show(run)).run;
  }

  /** A runner says that the first process of a job exists, and that is stored. */
  async started(runner: FakeRunner, lease: ExecutionKey): Promise<void> {
    runner.started(lease);
    await runner.heartbeat();
    this.clock.advance(20);
    await this.happened('job.started', ({ job }) => job === lease.job);
  }

  async show(run: number | undefined) {
    const found = await this.store.run(run ?? 0);
    if (found === undefined) throw new Error(`there is no run ${run}`);
    return found;
  }

  /** Waits until an event is in the log. */
  async happened(type: EventType, fits: (event: { run: number | null; job: number | null }) => boolean = () => true) {
    const isThere = async () =>
      (await this.store.events(0, 10_000)).some((event) => event.type === type && fits(event));
    await waitFor(`${type} in the log of events`, isThere);
  }

  /** The text of a file of test results, once it is there and fits. */
  async testResults(sha: string, fits: RegExp): Promise<string> {
    let text = '';
    await waitFor(`test results of ${sha} like ${fits}`, async () => {
      text = await readFile(join(this.home, 'test_results', sha), 'utf8').catch(() => '');
      return fits.test(text);
    });
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) await client.vanish();
    await this.#closeAll();
    await this.#dir[Symbol.asyncDispose]();
    if (this.clock.pending > 0) throw new Error(`${this.clock.pending} timers were left behind`);
  }

  async #closeAll(): Promise<void> {
    await this.dispatcher.stop();
    await this.logs.close();
    await this.store.close();
  }

  #make(): Dispatcher {
    const { home, store, logs, clock } = this;
    return new Dispatcher({
      ...{ home, store, logs, clock, token: 'token', logger: createLogger('silent') },
      ...{
        config: { defaults: DEFAULTS, repositories: new Map(), classicRepository: null },
        listen: { host: '127.0.0.1', port: 0 },
      },
      ...this.#wishes,
    });
  }
}

/** A real repository that is watched. */
export type WatchedRepository = TestRepository & { readonly record: RepositoryRecord };

/** A dispatch of these commits. */
export function dispatchOf(
  request: number,
  repository: Pick<RepositoryRecord, 'id'>,
  shas: readonly string[],
  more: Partial<DispatchMessage> = {},
): DispatchMessage {
  const commits = shas.map((sha): WireCommit => ({ sha, title: `commit ${sha}`, author: 'Ada', committedAt: 0 }));
  return {
    ...{ type: 'dispatch', request, repository: repository.id, ref: 'refs/heads/main', trigger: 'hook' },
    ...{ before: NO_COMMIT, after: shas.at(-1) ?? NO_COMMIT, receivedAt: 0, commits },
    ...more,
  };
}
