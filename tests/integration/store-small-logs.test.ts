import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openLogs } from '../../src/store/open-logs.ts';
import type { StoredLogs } from '../../src/store/stored-logs.ts';
import { commitOf, newRepository, openTestStore, pushOf } from '../support/store.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const KEY = { job: 12, execution: 1 };

/** A store and its logs in a folder of their own. */
async function openBoth() {
  const ci = await openTestStore();
  const home = dirname(ci.path);
  const logs = await openLogs({ home, store: ci.store });
  const dispose = async () => {
    await logs.close();
    await ci[Symbol.asyncDispose]();
  };
  return { store: ci.store, home, logs, [Symbol.asyncDispose]: dispose };
}

async function textOf(logs: StoredLogs, start?: number, end?: number, key = KEY): Promise<string> {
  return (await buffer(await logs.read(key, start, end))).toString('latin1');
}

test('a log of a few lines makes no file', async () => {
  await using ci = await openBoth();
  expect(await ci.logs.append(KEY, 0, Buffer.from('one\n'))).toBe(4);
  expect(await ci.logs.append(KEY, 2, Buffer.from('e\ntwo\0\n'))).toBe(9);
  expect(await ci.logs.append(KEY, 0, Buffer.from('one\n'))).toBe(9);
  expect(await ci.logs.append(KEY, 12, Buffer.from('gap\n'))).toBe(9);
  await ci.logs.sync(KEY);
  expect(await ci.logs.isSealed(KEY)).toBe(false);
  await ci.logs.seal(KEY);
  expect(await ci.logs.append(KEY, 9, Buffer.from('late\n'))).toBe(9);
  expect(await ci.logs.isSealed(KEY)).toBe(true);
  expect(await textOf(ci.logs)).toBe('one\ntwo\0\n');
  expect(await textOf(ci.logs, 4, 6)).toBe('tw');
  expect(await textOf(ci.logs, 100)).toBe('');
  expect(await ci.logs.size(KEY)).toBe(9);
  expect(await readdir(join(ci.home, 'logs'), { recursive: true })).toEqual(['open', 'sealing']);
});

test('a log that grows beyond some lines becomes a file, and loses nothing on the way', async () => {
  await using ci = await openBoth();
  const line = Buffer.from(`${'x'.repeat(99)}\n`);
  let size = 0;
  let told = 0;
  ci.logs.onChange(KEY, () => {
    told += 1;
  });
  for (let n = 0; n < 200; n += 1) size = await ci.logs.append(KEY, size, line);
  expect(size).toBe(20_000);
  expect(told).toBe(200);
  expect(existsSync(join(ci.home, 'logs', 'open', '12-1.log'))).toBe(true);
  expect(await ci.store.smallLogs.read(KEY)).toBeUndefined();
  expect(await textOf(ci.logs)).toBe(line.toString().repeat(200));
  await ci.logs.sync(KEY);
  await ci.logs.seal(KEY);
  expect(told).toBe(201);
  expect([await ci.logs.isSealed(KEY), await ci.logs.size(KEY)]).toEqual([true, 20_000]);
});

test('a log that begins with a large chunk is a file from its beginning', async () => {
  await using ci = await openBoth();
  const [first, second] = [Buffer.alloc(9_000, 'a'), Buffer.from('tail\n')];
  await Promise.all([ci.logs.append(KEY, 0, first), ci.logs.append(KEY, 9_000, second)]);
  expect(await textOf(ci.logs, 8_999)).toBe('atail\n');
});

test('a job that printed nothing has an empty log, and one that is not over has none yet', async () => {
  await using ci = await openBoth();
  expect([await ci.logs.size(KEY), await textOf(ci.logs), await ci.logs.isSealed(KEY)]).toEqual([0, '', false]);
  await ci.logs.seal(KEY);
  expect([await ci.logs.size(KEY), await textOf(ci.logs), await ci.logs.isSealed(KEY)]).toEqual([0, '', true]);
});

test('after a kill the logs of executions that are over are sealed, and those under way go on', async () => {
  await using ci = await openBoth();
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  await ci.store.dispatch(pushOf(id, [commitOf(1)]), NOW);
  const [open] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: NOW }, 1);
  const running = { job: open!.job, execution: 1 };
  const over = [
    { job: 77, execution: 1 },
    { job: 78, execution: 2 },
  ] as const;
  await ci.logs.append(running, 0, Buffer.from('under way\n'));
  await ci.logs.append(over[0], 0, Buffer.from('small\n'));
  await ci.logs.append(over[1], 0, Buffer.alloc(100_000, 'large\n'));
  const again = await openLogs({ home: ci.home, store: ci.store });
  await again.packed();
  expect(await Promise.all([running, ...over].map((key) => again.isSealed(key)))).toEqual([false, true, true]);
  expect(await again.append(running, 10, Buffer.from('goes on\n'))).toBe(18);
  expect(await textOf(again, 0, undefined, over[0])).toBe('small\n');
  expect(await textOf(again, 0, 6, over[1])).toBe('large\n');
  expect(await again.start()).toEqual([running]);
  await again.close();
});
