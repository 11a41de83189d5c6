import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { openStore } from '../src/store/open-store.ts';
import type { SearchFilter } from '../src/store/search.ts';
import type { Store } from '../src/store/store.ts';
import { fillHome, REPOSITORIES, RUNS } from './many-runs.ts';
import { median, print } from './report.ts';
import { scratch } from './server.ts';

/** Each is asked so often. */
const ROUNDS = 20;

/** What people look for: much of it, little of it, nothing of it. */
const SEARCHES: readonly SearchFilter[] = [
  { q: 'parser' },
  { q: 'refactor backoff windows' },
  { q: '"cache retry"' },
  { q: 'app-17 login' },
  { q: 'nothing of the kind' },
  { q: '900000' },
  { q: 'zz' },
  { q: 'update', repository: 'acme/app-17' },
  { q: 'update', author: 'dev 17' },
  { q: 'update', conclusion: 'timed_out' },
  { author: 'dev 33', conclusion: 'failure' },
  { conclusion: 'timed_out' },
  { q: 'rounds up to cents' },
];

/** Searching the text of a million runs, and what it takes to fill the index beside the work. */
export async function benchSearch(): Promise<void> {
  const home = await scratch();
  try {
    await fillHome(home);
    addTests(home);
    const store = await openStore({ home });
    await indexAll(store);
    await searches(store);
    await store.close();
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** A test of each repository that failed in some of its runs, and 100,000 that did not. */
function addTests(home: string): void {
  const database = new DatabaseSync(join(home, 'signalbox.db'));
  const numbers = `with recursive c(n) as (select 1 union all select n + 1 from c where n < ${100_000 / REPOSITORIES})`;
  database.exec(`insert into tests (repository, workflow, job_key, suite, name, run) ${numbers}
    select id, 'tests', 'test', 'suite ' || n % 20, case n when 7 then 'rounds up to cents' else 'case ' || n || ' of many' end, 1
    from repositories cross join c`);
  database.exec(`insert into search_tests (rowid, text) select id, suite || char(10) || name from tests`);
  database.exec(`insert into test_failures (test, run) select tests.id, runs.id from tests
    join runs on runs.repository = tests.repository and runs.number % 50 = 3 where tests.name = 'rounds up to cents'`);
  database.close();
}

async function indexAll(store: Store): Promise<void> {
  const steps: number[] = [];
  const began = performance.now();
  for (;;) {
    const start = performance.now();
    const isMore = await store.search.index();
    steps.push(performance.now() - start);
    if (!isMore) break;
  }
  const perRun = ((performance.now() - began) * 1000) / RUNS;
  steps.sort((a, b) => a - b);
  const [p99, most] = [steps[Math.floor(steps.length * 0.99)] ?? 0, steps.at(-1) ?? 0];
  const note = `p99 of ${steps.length} steps of 200 runs; median ${median(steps).toFixed(1)}, longest ${most.toFixed(0)} ms; ${perRun.toFixed(0)} µs a run`;
  print({
    name: 'a step of filling the index of a million runs, p99',
    value: p99,
    unit: 'ms',
    bound: { atMost: 30 },
    note,
  });
}

async function searches(store: Store): Promise<void> {
  let worst = { ms: 0, of: '', found: 0 };
  for (const filter of SEARCHES) {
    const times: number[] = [];
    let found = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const start = performance.now();
      found = (await store.search.runs({ ...filter, limit: 50 })).runs.length;
      times.push(performance.now() - start);
    }
    const ms = times.sort((a, b) => a - b)[Math.floor(ROUNDS * 0.95)] ?? 0;
    if (process.env.SIGNALBOX_BENCH_ALL === '1')
      console.log(`    ${JSON.stringify(filter)}: ${found} found, p95 ${ms.toFixed(1)} ms`);
    if (ms > worst.ms) worst = { ms, of: JSON.stringify(filter), found };
  }
  const note = `p95 of the slowest of ${SEARCHES.length} kinds of search, ${worst.of}: ${worst.found} found`;
  print({ name: 'search among a million runs', value: worst.ms, unit: 'ms', bound: { atMost: 100 }, note });
}
