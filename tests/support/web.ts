import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import type { Expander } from '../../src/model/expansion.ts';
import type { RunnerStatus } from '../../src/model/pool.ts';
import { LogFiles } from '../../src/store/log-files.ts';
import type { LogStore } from '../../src/store/log-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Clock } from '../../src/support/clock.ts';
import { Credentials } from '../../src/support/http-credentials.ts';
import { createHttpServer, type HttpServer } from '../../src/support/http-server.ts';
import { createLogger } from '../../src/support/logger.ts';
import { createWebApp } from '../../src/web/app.ts';
import type { WebConfig } from '../../src/web/context.ts';
import type { DeliveriesReader } from '../../src/web/deliveries-reader.ts';
import { Metrics } from '../../src/web/metrics.ts';
import type { MetricsOptions } from '../../src/web/metrics-options.ts';
import type { Notifications } from '../../src/web/notifications.ts';
import type { Operations } from '../../src/web/operations.ts';
import { type Answer, ask, type Question } from './ask.ts';
import { builtProgram } from './build.ts';
import { ManualClock } from './manual-clock.ts';
import { EventReader } from './sse.ts';
import { commitOf, newRepository, plannedJob, pushOf } from './store.ts';
import { tempDir } from './temp.ts';

/** The token of the test's home. */
export const TOKEN = '0123456789abcdef'.repeat(4);

/** A real server over a real store, without a dispatcher: the test plays its part. */
export interface TestWeb extends AsyncDisposable {
  readonly store: Store;
  readonly logs: LogStore;
  readonly clock: ManualClock;
  readonly http: HttpServer;
  readonly credentials: Credentials;
  /** What `operations.runners` says. */
  readonly runners: RunnerStatus[];
  ask(path: string, question?: Omit<Question, 'path'>): Promise<Answer>;
  /** With the token and a JSON body. */
  change(method: string, path: string, body?: unknown): Promise<Answer>;
  events(path: string, headers?: Readonly<Record<string, string>>): EventReader;
}

/** Starts the web on a free port. */
export async function startWeb(
  options: {
    publicUrl?: string;
    routers?: readonly RequestHandler[];
    operations?: Partial<Operations>;
    expander?: Expander;
    config?: Partial<WebConfig>;
    /** Default: one that stands still. */
    clock?: Clock;
    measured?: Partial<MetricsOptions>;
    notifications?: Notifications;
    deliveries?: DeliveriesReader;
    /** As {@link WebOptions.person}. */
    person?: string;
    /** As {@link WebOptions.later}. */
    later?: (work: () => Promise<void>) => void;
  } = {},
): Promise<TestWeb> {
  const { publicUrl = null, routers = [], expander } = options;
  const dir = await tempDir('signalbox-web-');
  const folder = join(dir.path, 'logs');
  await mkdir(folder);
  const manual = new ManualClock();
  const clock = options.clock ?? manual;
  const store = await openStore({ home: dir.path, clock, ...(expander === undefined ? {} : { expander }) });
  const logs = new LogFiles({ folder });
  await logs.start();
  const runners: RunnerStatus[] = [];
  const credentials = new Credentials(TOKEN, () => clock.now());
  const config = { home: dir.path, publicUrl, ...options.config };
  const operations = { ...operationsOf(store, runners), ...options.operations };
  const logger = createLogger('silent');
  const { assets: assetsFolder } = await builtProgram();
  const metrics = new Metrics({ home: dir.path, clock, logger, store, runners: () => runners, ...options.measured });
  const app = createWebApp({
    ...(options.notifications === undefined ? {} : { notifications: options.notifications }),
    store,
    logs,
    operations,
    config,
    credentials,
    logger,
    clock,
    routers,
    metrics,
    assetsFolder,
    ...(options.person === undefined ? {} : { person: options.person }),
    ...(options.later === undefined ? {} : { later: options.later }),
    ...(options.deliveries === undefined ? {} : { deliveries: options.deliveries }),
  });
  const http = await createHttpServer(app, { host: '127.0.0.1', port: 0, graceMs: 500 });
  const { port } = http.address;
  const withToken = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  return {
    store,
    logs,
    clock: manual,
    http,
    credentials,
    runners,
    ask: (path, question = {}) => ask(port, { path, ...question }),
    change: (method, path, body) =>
      ask(port, { method, path, headers: withToken, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }),
    events: (path, headers) => new EventReader(port, path, headers),
    async [Symbol.asyncDispose]() {
      await http.close();
      metrics.close();
      await logs.close();
      await store.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** A repository with one run of one job that a runner was given; ids of run and job. */
export async function leasedJob({ store, clock }: TestWeb, n = 1): Promise<{ run: number; job: number }> {
  const known = await store.repositories();
  const repository = known[0] ?? (await store.addRepository(newRepository(), clock.now()));
  const [run = 0] = await store.dispatch(pushOf(repository.id, [commitOf(n, [plannedJob()])]), clock.now());
  const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: clock.now() }, 1);
  return { run, job: claimed?.job ?? 0 };
}

/** A runner as the dispatcher would tell of it. */
export function runnerStatus(name: string, more: Partial<RunnerStatus> = {}): RunnerStatus {
  const at = new Date('2026-01-01T00:00:00Z');
  return {
    name,
    labels: ['linux'],
    slots: 2,
    state: 'idle',
    protocol: 'native',
    host: '127.0.0.1',
    version: '0.1.0',
    connectedAt: at,
    lastHeardAt: at,
    executions: [],
    ...more,
  };
}

function operationsOf(store: Store, runners: RunnerStatus[]): Operations {
  return {
    runners: () => runners,
    drainRunner(name) {
      const at = runners.findIndex((runner) => runner.name === name);
      if (at >= 0) runners.splice(at, 1, runnerStatus(name, { state: 'draining', canResume: true }));
      return at >= 0;
    },
    resumeRunner(name) {
      const at = runners.findIndex((runner) => runner.name === name);
      if (at < 0) return 'unknown';
      if (runners[at]?.canResume !== true) return 'leaving';
      runners.splice(at, 1, runnerStatus(name));
      return 'resumed';
    },
    async addRepository({ source, name = 'local/app', secret = 'made here' }) {
      const there = (await store.repositories()).find((one) => one.sources.includes(source));
      return there ?? store.addRepository(newRepository(name, { sources: [source], secret }), new Date());
    },
    removeCredential: (id) => store.credentials.remove(id),
    removeRepository: (id) => store.removeRepository(id, new Date()),
    lineOf: async () => [],
    fileAt: async () => undefined,
    hasHook: async () => true,
    mergesOf: async () => new Map(),
    changedFiles: async () => undefined,
    schedulesOf: () => [],
    defaultBranchOf: () => null,
    dispatchWorkflow: () => Promise.reject(new Error('nobody is there who could')),
    dispatchEvent: () => Promise.reject(new Error('nobody is there who could')),
  };
}
