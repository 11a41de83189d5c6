import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openLogs } from '../src/store/open-logs.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Store } from '../src/store/store.ts';
import { systemClock } from '../src/support/clock.ts';
import { Credentials } from '../src/support/http-credentials.ts';
import { createHttpServer } from '../src/support/http-server.ts';
import { createLogger } from '../src/support/logger.ts';
import { createWebApp } from '../src/web/app.ts';
import { commitOf, pushOf } from '../tests/support/store.ts';
import { fillHome, REPOSITORIES, RUNS } from './many-runs.ts';
import { median, print } from './report.ts';
import { scratch } from './server.ts';

const REQUESTS = 200;

/** What the home page costs with many repositories and a long past, while something happens all the time. */
export async function benchHome(): Promise<void> {
  const home = await scratch();
  try {
    await fillHome(home);
    await measure(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function measure(home: string): Promise<void> {
  const store = await openStore({ home });
  const logs = await openLogs({ home, store });
  const nobody = () => Promise.reject(new Error('nobody is there who could'));
  const operations = {
    ...{ runners: () => [], drainRunner: () => false, removeRepository: () => Promise.resolve(undefined) },
    removeCredential: () => Promise.resolve(false),
    ...{ addRepository: nobody, dispatchWorkflow: nobody, dispatchEvent: nobody },
    lineOf: () => Promise.resolve([]),
    fileAt: async () => undefined,
    ...{ resumeRunner: () => 'unknown' as const, hasHook: async () => false },
    ...{ mergesOf: async () => new Map(), changedFiles: async () => undefined },
    schedulesOf: () => [],
    defaultBranchOf: () => null,
  };
  const config = { home, publicUrl: null };
  const parts = { store, logs, operations, config, clock: systemClock, logger: createLogger('silent') };
  const app = createWebApp({ ...parts, credentials: new Credentials('0'.repeat(64)) });
  const server = await createHttpServer(app, { host: '127.0.0.1', port: 0 });
  const waits = monitorEventLoopDelay({ resolution: 1 });
  waits.enable();
  const first = await timed(() => ask(server.url));
  waits.disable();
  const times: number[] = [];
  for (let n = 0; n < REQUESTS; n += 1) {
    await happens(store, n);
    times.push(await timed(() => ask(server.url)));
  }
  times.sort((a, b) => a - b);
  const name = `GET /api/home, ${REPOSITORIES} repositories, ${RUNS / 1e6} million runs`;
  print({
    name: `${name}, first`,
    value: first,
    unit: 'ms',
    bound: { atMost: 2_000 },
    note: 'before anything was read, which the program does after its start',
  });
  print({
    name: '  how long others wait meanwhile, longest',
    value: waits.max / 1e6,
    unit: 'ms',
    bound: { atMost: 100 },
  });
  const floor = await bareServer(await (await fetch(`${server.url}/api/home`)).text());
  const middle = times[REQUESTS / 2] ?? 0;
  const beside = `median ${middle.toFixed(1)} ms; a bare Node server gives the same bytes in ${floor.toFixed(1)} ms (× ${(middle / floor).toFixed(1)})`;
  const note = `p95 of ${REQUESTS}, each after a push; ${beside}`;
  print({ name, value: times[Math.floor(REQUESTS * 0.95)] ?? 0, unit: 'ms', bound: { atMost: 30 }, note });
  await server.close();
  await logs.close();
  await store.close();
}

/** What the same bytes cost from a server that has them at hand: the median, in milliseconds. */
async function bareServer(body: string): Promise<number> {
  const server = createServer((_request, response) => response.end(body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const times: number[] = [];
  for (let n = 0; n < REQUESTS; n += 1) times.push(await timed(() => ask(`http://127.0.0.1:${port}`)));
  server.close();
  return median(times);
}

async function ask(url: string): Promise<void> {
  const answer = await fetch(`${url}/api/home`);
  await answer.text();
}

async function happens(store: Store, n: number): Promise<void> {
  const push = pushOf((n % REPOSITORIES) + 1, [commitOf(900_000_000 + n, [])]);
  await store.dispatch(push, new Date());
}

async function timed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
