import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { openLogs } from '../src/store/open-logs.ts';
import { openStore } from '../src/store/open-store.ts';
import type { Store } from '../src/store/store.ts';
import { systemClock } from '../src/support/clock.ts';
import { Credentials } from '../src/support/http-credentials.ts';
import { createHttpServer } from '../src/support/http-server.ts';
import { createLogger } from '../src/support/logger.ts';
import { createWebApp } from '../src/web/app.ts';
import { commitOf, newRepository, pushOf } from '../tests/support/store.ts';
import { median, print } from './report.ts';
import { scratch } from './server.ts';

const REPOSITORIES = 200;
const RUNS = 1_000_000;
const REQUESTS = 200;

/** What the home page costs with many repositories and a long past, while something happens all the time. */
export async function benchHome(): Promise<void> {
  const home = await scratch();
  try {
    await fill(home);
    await measure(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** One run per repository as the program makes it, then copies of it with other numbers and commits. */
async function fill(home: string): Promise<void> {
  const store = await openStore({ home });
  const now = new Date();
  for (let n = 1; n <= REPOSITORIES; n += 1) {
    const { id } = await store.addRepository(newRepository(`acme/app-${n}`), now);
    await store.dispatch(pushOf(id, [commitOf(n, [])]), now);
  }
  await store.close();
  const database = new DatabaseSync(join(home, 'signalbox.db'));
  const columns = (database.prepare('pragma table_info(runs)').all() as { name: string }[]).map(({ name }) => name);
  const own: Readonly<Record<string, string>> = {
    number: 'n + 1',
    sha: "printf('%040x', repository * 1000000 + n)",
    conclusion: "case when n % 17 = 3 then 'failure' else 'success' end",
    reason: 'null',
    started_at: 'created_at + n * 1000',
    completed_at: 'created_at + n * 1000 + 60000',
  };
  const copied = columns.filter((name) => name !== 'id');
  const values = copied.map((name) => own[name] ?? `"${name}"`).join(', ');
  const numbers = `with recursive c(n) as (select 1 union all select n + 1 from c where n < ${RUNS / REPOSITORIES - 1})`;
  const names = copied.map((name) => `"${name}"`).join(', ');
  database.exec(`insert into runs (${names}) ${numbers} select ${values} from c cross join runs where runs.number = 1`);
  database.exec(`update repository_counters set last_number = ${RUNS / REPOSITORIES}`);
  const tip = 'select sha from runs where runs.repository = branches.repository order by number desc limit 1';
  database.exec(`update branches set sha = (${tip})`);
  database.close();
}

async function measure(home: string): Promise<void> {
  const store = await openStore({ home });
  const logs = await openLogs({ home, store });
  const nobody = () => Promise.reject(new Error('nobody is there who could'));
  const operations = {
    ...{ runners: () => [], drainRunner: () => false, removeRepository: () => Promise.resolve(false) },
    removeCredential: () => Promise.resolve(false),
    ...{ addRepository: nobody, dispatchWorkflow: nobody, dispatchEvent: nobody },
    lineOf: () => Promise.resolve([]),
    fileAt: async () => undefined,
    repositoryFacts: () => ({ defaultBranch: null, schedules: [] }),
  };
  const config = { home, publicUrl: null };
  const parts = { store, logs, operations, config, clock: systemClock, logger: createLogger('silent') };
  const app = createWebApp({ ...parts, credentials: new Credentials('0'.repeat(64)) });
  const server = await createHttpServer(app, { host: '127.0.0.1', port: 0 });
  const first = await timed(() => ask(server.url));
  const times: number[] = [];
  for (let n = 0; n < REQUESTS; n += 1) {
    await happens(store, n);
    times.push(await timed(() => ask(server.url)));
  }
  times.sort((a, b) => a - b);
  const name = `GET /api/home, ${REPOSITORIES} repositories, ${RUNS / 1e6} million runs`;
  print({ name: `${name}, first`, value: first, unit: 'ms', bound: { atMost: 1_000 } });
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
