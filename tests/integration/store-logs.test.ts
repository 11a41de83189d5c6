import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { LogFiles } from '../../src/store/log-files.ts';
import type { LogKey } from '../../src/store/log-store.ts';
import { openBelow } from '../support/open-files.ts';
import { tempDir } from '../support/temp.ts';

const KEY: LogKey = { job: 1234, execution: 1 };

/** Logs in a folder of their own, whose clock stands still: all that comes has come in one moment. */
async function openLogs() {
  const dir = await tempDir('signalbox-logs-');
  const logs = new LogFiles({ folder: dir.path, now: () => 1_700_000_000_000 });
  const dispose = async () => {
    await logs.close();
    await dir[Symbol.asyncDispose]();
  };
  return { logs, folder: dir.path, [Symbol.asyncDispose]: dispose };
}

async function textOf(logs: LogFiles, start?: number, end?: number, key = KEY): Promise<string> {
  return (await buffer(await logs.read(key, start, end))).toString('latin1');
}

/** Lines whose contents say where they are. */
function numberedLines(bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes / 10 }, (_, n) => `${String(n).padStart(9, '0')}\n`).join(''));
}

test('a chunk that is sent twice is written once, and one that leaves a gap is not written', async () => {
  await using ci = await openLogs();
  expect(await ci.logs.append(KEY, 0, Buffer.from('one\n'))).toBe(4);
  expect(await ci.logs.append(KEY, 0, Buffer.from('one\n'))).toBe(4);
  expect(await ci.logs.append(KEY, 2, Buffer.from('e\ntwo\n'))).toBe(8);
  expect(await ci.logs.append(KEY, 9, Buffer.from('four\n'))).toBe(8);
  expect(await textOf(ci.logs)).toBe('one\ntwo\n');
  expect(await textOf(ci.logs, 4, 6)).toBe('tw');
  expect(await ci.logs.size(KEY)).toBe(8);
});

test('a log that does not exist is empty', async () => {
  await using ci = await openLogs();
  expect(await ci.logs.size(KEY)).toBe(0);
  expect(await textOf(ci.logs)).toBe('');
  expect(await ci.logs.append(KEY, 5, Buffer.from('late'))).toBe(0);
  await ci.logs.sync(KEY);
  expect(await ci.logs.isSealed(KEY)).toBe(false);
});

test('a log goes on after a restart, and the start says that it still grows', async () => {
  await using ci = await openLogs();
  await ci.logs.append(KEY, 0, Buffer.from('one\n'));
  await ci.logs.sync(KEY);
  await ci.logs.close();
  const again = new LogFiles({ folder: ci.folder });
  expect(await again.start()).toEqual([KEY]);
  expect(await again.append(KEY, 0, Buffer.from('one\ntwo\n'))).toBe(8);
  expect(await textOf(again)).toBe('one\ntwo\n');
  await again.close();
});

test('a small log stays as it is when it is sealed, and is not written to any more', async () => {
  await using ci = await openLogs();
  await ci.logs.append(KEY, 0, Buffer.from('one\n'));
  await ci.logs.seal(KEY);
  expect(await ci.logs.isSealed(KEY)).toBe(true);
  expect(await readdir(join(ci.folder, '1'))).toEqual(['1234-1.log']);
  expect(await ci.logs.append(KEY, 4, Buffer.from('late\n'))).toBe(4);
  await ci.logs.seal(KEY);
  expect(await textOf(ci.logs)).toBe('one\n');
  expect(await ci.logs.start()).toEqual([]);
});

test('a large log is packed when it is sealed, and any range of it reads the same', async () => {
  await using ci = await openLogs();
  const bytes = numberedLines(5_000_000);
  for (let at = 0; at < bytes.length; at += 700_000) await ci.logs.append(KEY, at, bytes.subarray(at, at + 700_000));
  await ci.logs.sync(KEY);
  await ci.logs.seal(KEY);
  const sealed = ci.logs.read(KEY, 2_000_000, 2_000_030);
  expect((await buffer(await sealed)).toString()).toBe('000200000\n000200001\n000200002\n');
  await ci.logs.packed();
  expect((await readdir(join(ci.folder, '1'))).sort()).toEqual(['1234-1.log.gz', '1234-1.log.idx']);
  expect(await readdir(join(ci.folder, 'sealing'))).toEqual([]);
  expect(await textOf(ci.logs, 2_000_000, 2_000_030)).toBe('000200000\n000200001\n000200002\n');
  expect(await textOf(ci.logs, 1_048_570, 1_048_580)).toBe(bytes.toString('latin1', 1_048_570, 1_048_580));
  expect(await textOf(ci.logs, 4_999_990)).toBe('000499999\n');
  expect(await textOf(ci.logs, 6_000_000)).toBe('');
  expect((await buffer(await ci.logs.read(KEY))).equals(bytes)).toBe(true);
  expect(await ci.logs.size(KEY)).toBe(5_000_000);
  expect(gunzipSync(await readFile(join(ci.folder, '1', '1234-1.log.gz'))).equals(bytes)).toBe(true);
  expect(JSON.parse(await readFile(join(ci.folder, '1', '1234-1.log.idx'), 'utf8'))).toMatchObject({
    bytes: 5_000_000,
    lines: 500_000,
    members: [
      [0, 0, 0],
      [expect.any(Number), 1_048_576, 104_857],
      expect.anything(),
      expect.anything(),
      expect.anything(),
    ],
  });
});

test('what was half sealed when the program was killed is readable, and is packed at the next start', async () => {
  await using ci = await openLogs();
  const bytes = numberedLines(3_000_000);
  await mkdir(join(ci.folder, 'sealing'));
  await mkdir(join(ci.folder, '1'));
  await writeFile(join(ci.folder, 'sealing', '1234-1.log'), bytes);
  await writeFile(join(ci.folder, '1', '1234-1.log.gz.part'), 'half a member');
  expect(await ci.logs.isSealed(KEY)).toBe(true);
  expect((await buffer(await ci.logs.read(KEY))).equals(bytes)).toBe(true);
  await ci.logs.start();
  await ci.logs.packed();
  expect((await readdir(join(ci.folder, '1'))).sort()).toEqual(['1234-1.log.gz', '1234-1.log.idx']);
  expect((await buffer(await ci.logs.read(KEY))).equals(bytes)).toBe(true);
});

test('closing gives up packing, and the next start does it', async () => {
  await using ci = await openLogs();
  const bytes = numberedLines(3_000_000);
  await ci.logs.append(KEY, 0, bytes);
  await ci.logs.seal(KEY);
  await ci.logs.close();
  const again = new LogFiles({ folder: ci.folder });
  expect(await again.start()).toEqual([]);
  await again.packed();
  expect((await buffer(await again.read(KEY))).equals(bytes)).toBe(true);
  expect(await readdir(join(ci.folder, 'sealing'))).toEqual([]);
  await again.close();
});

test('who listens is told of each append and of the seal', async () => {
  await using ci = await openLogs();
  let told = 0;
  const stop = ci.logs.onChange(KEY, () => {
    told += 1;
  });
  await ci.logs.append(KEY, 0, Buffer.from('one\n'));
  await ci.logs.append(KEY, 0, Buffer.from('one\n'));
  expect(told).toBe(1);
  await ci.logs.seal(KEY);
  expect(told).toBe(2);
  stop();
});

test('more logs grow at once than files are kept open', async () => {
  await using ci = await openLogs();
  const keys = Array.from({ length: 250 }, (_, n) => ({ job: n + 1, execution: 1 }));
  for (const text of ['one\n', 'two\n']) {
    const offset = text === 'one\n' ? 0 : 4;
    await Promise.all(keys.map((key) => ci.logs.append(key, offset, Buffer.from(text))));
  }
  await Promise.all(keys.map((key) => ci.logs.sync(key)));
  await ci.logs.append(KEY, 0, Buffer.from('one\n'));
  expect(await openBelow(ci.folder)).toBeLessThan(150);
  for (const key of keys) expect(await textOf(ci.logs, 0, undefined, key)).toBe('one\ntwo\n');
});

test('appends to one log that are not awaited are written in their order', async () => {
  await using ci = await openLogs();
  const large = Buffer.alloc(300_000, 'a');
  const small = Buffer.from('tail\n');
  const sizes = await Promise.all([ci.logs.append(KEY, 0, large), ci.logs.append(KEY, large.length, small)]);
  expect(sizes).toEqual([300_000, 300_005]);
  expect(await textOf(ci.logs, 299_999)).toBe('atail\n');
});

test('when the pieces of a log came is kept beside it, moments apart, also over a restart', async () => {
  await using dir = await tempDir('signalbox-logs-');
  let nowMs = 1_000;
  const open = () => new LogFiles({ folder: dir.path, now: () => nowMs });
  const logs = open();
  await logs.start();
  for (const [offset, atMs] of [
    [0, 1_000],
    [4, 1_050],
    [8, 1_200],
  ] as const) {
    nowMs = atMs;
    await logs.append(KEY, offset, Buffer.from('one\n'));
  }
  expect(await logs.times(KEY)).toEqual([
    { offset: 0, atMs: 1_000 },
    { offset: 8, atMs: 1_200 },
  ]);
  await logs.close();
  const again = open();
  await again.start();
  nowMs = 9_000;
  await again.append(KEY, 12, Buffer.from('two\n'));
  await again.seal(KEY);
  expect((await again.times(KEY)).map(({ offset }) => offset)).toEqual([0, 8]);
  await again.close();
});
