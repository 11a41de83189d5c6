import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { openLogs } from '../../src/store/open-logs.ts';
import { DAY_MS, upkeepOf } from '../support/retention.ts';
import { commitOf, newRepository, openTestStore, pushOf, resultOf } from '../support/store.ts';

const RUNS = 50_000;
const GROUP = 250;
/** What nobody who works beside it may have to wait for, in milliseconds; a step takes some. Room for a busy machine. */
const STEP_MS = 500;

test(`of ${RUNS} runs the old ones go in small steps, and others work meanwhile`, async () => {
  await using at = await openTestStore();
  const { store, clock } = at;
  const home = dirname(at.path);
  await mkdir(join(home, 'logs'));
  const logs = await openLogs({ home, store });
  await store.addRepository(newRepository(), clock.now());
  const now = () => clock.now();
  for (let from = 0; from < RUNS; from += GROUP) {
    if (from === RUNS / 2) clock.advance(200 * DAY_MS);
    const commits = Array.from({ length: GROUP }, (_, at) => commitOf(from + at + 1));
    await store.dispatch(pushOf(1, commits), now());
    const claimed = await store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: now() }, GROUP);
    await Promise.all(
      claimed.map(async ({ job }) => {
        await logs.append({ job, execution: 1 }, 0, Buffer.from('a line of log\n'), true);
        await store.finish(resultOf(job, 1, { completedAt: now(), logBytes: 14 }), now());
      }),
    );
  }
  const upkeep = upkeepOf({ home, store, logs, clock }, { eventsMs: 100 * DAY_MS });
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const looking = upkeep.look();
  const waits: number[] = [];
  let isOver = false;
  void looking.then(() => {
    isOver = true;
  });
  while (!isOver) {
    const beganMs = performance.now();
    await store.check();
    waits.push(performance.now() - beganMs);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await looking;
  delay.disable();
  console.log(
    `removed ${JSON.stringify(upkeep.removed)}; ${waits.length} writes beside it, the slowest ${Math.max(...waits).toFixed(0)} ms; ` +
      `event loop: p99 ${(delay.percentile(99) / 1e6).toFixed(0)} ms, most ${(delay.max / 1e6).toFixed(0)} ms`,
  );
  expect(upkeep.removed).toMatchObject({ runs: RUNS / 2, logs: RUNS / 2 });
  expect(upkeep.removed.events).toBeGreaterThan(RUNS);
  expect(Math.max(...waits)).toBeLessThan(STEP_MS);
  expect(await store.runs({ limit: 1 })).toHaveLength(1);
  await logs.close();
});
