import { existsSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { CacheEntries } from '../../src/runner/builtin/cache-entries.ts';
import { type BuiltinWishes, startBuiltins } from '../support/builtin.ts';
import { tempDir } from '../support/temp.ts';

const SUCCESS = { conclusion: 'success' };

async function start(wishes: BuiltinWishes = {}) {
  const job = await startBuiltins(wishes);
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(job.path, path)), { recursive: true });
    writeFileSync(join(job.path, path), text);
  };
  const read = (path: string) => readFileSync(join(job.path, path), 'utf8');
  return { ...job, write, read };
}

test('what a job has saved is there for the next one, in workspace and home', async () => {
  await using dir = await tempDir();
  const inputs = { path: 'node_modules\n~/.thing/*.txt\n', key: 'deps-1' };
  await using first = await start({ caches: dir.path });
  expect(await first.run('actions/cache', inputs)).toEqual(SUCCESS);
  expect(first.outputs).toEqual({ 'cache-primary-key': 'deps-1' });
  first.write('work/node_modules/a/index.js', 'a');
  first.write('home/.thing/b.txt', 'b');
  first.write('home/.thing/c.bin', 'c');
  expect(await first.post()).toEqual(SUCCESS);
  await using second = await start({ caches: dir.path });
  expect(await second.run('actions/cache', inputs)).toEqual(SUCCESS);
  expect(second.outputs).toMatchObject({ 'cache-hit': 'true', 'cache-matched-key': 'deps-1' });
  expect(second.read('work/node_modules/a/index.js')).toBe('a');
  expect(second.read('home/.thing/b.txt')).toBe('b');
  expect(existsSync(join(second.path, 'home/.thing/c.bin'))).toBe(false);
  const commands = second.commands.length;
  await second.post();
  expect(second.commands).toHaveLength(commands);
});

test('a key that is not there falls back to the newest one that begins with a restore key', async () => {
  await using dir = await tempDir();
  for (const [key, text] of Object.entries({ 'deps-linux-1': 'one', 'deps-linux-2': 'two', 'other-3': 'three' })) {
    await using job = await start({ caches: dir.path });
    job.write('work/out/x', text);
    await job.run('actions/cache/save', { path: 'out', key });
  }
  await using job = await start({ caches: dir.path });
  const inputs = { path: 'out', key: 'deps-linux-3', 'restore-keys': 'nothing-\ndeps-linux-\ndeps-\n' };
  await job.run('actions/cache/restore', { ...inputs, 'lookup-only': 'true' });
  expect(job.outputs).toMatchObject({ 'cache-hit': 'false', 'cache-matched-key': 'deps-linux-2' });
  expect(existsSync(join(job.workspace, 'out'))).toBe(false);
  await job.run('actions/cache', inputs);
  expect(job.read('work/out/x')).toBe('two');
  await job.post();
  await using last = await start({ caches: dir.path });
  await last.run('actions/cache', { path: 'out', key: 'deps-linux-3' });
  expect(last.outputs['cache-hit']).toBe('true');
  await last.run('actions/cache/restore', { path: 'elsewhere', key: 'deps-linux-3' });
  expect(last.said.at(-1)).toBe('[signalbox] the cache has nothing for deps-linux-3');
});

test('what cannot be is said, and what cannot be saved is only a warning', async () => {
  await using job = await start();
  expect(await job.run('actions/cache', { key: 'a' })).toEqual({
    conclusion: 'failure',
    reason: 'the input path is missing',
  });
  expect(await job.run('actions/cache', { path: 'x', key: 'a,b' })).toMatchObject({ conclusion: 'failure' });
  const missing = { path: 'x', key: 'a', 'fail-on-cache-miss': 'true' };
  expect(await job.run('actions/cache', missing)).toMatchObject({ conclusion: 'failure' });
  expect(await job.run('actions/cache/save', { path: 'x', key: 'a' })).toEqual(SUCCESS);
  expect(job.annotations).toEqual([
    { level: 'warning', message: 'nothing is saved in the cache: there is nothing at x' },
  ]);
});

test('entries beyond the limit go, those first that were not used for the longest time', async () => {
  await using dir = await tempDir();
  const entries = new CacheEntries(join(dir.path, 'entries'));
  const add = (key: string) =>
    entries.add(key, 'v', 1, async (folder) => writeFileSync(join(folder, 'data'), 'x'.repeat(1000)));
  expect(await add('a')).toBe(true);
  expect(await add('a')).toBe(false);
  await add('b');
  utimesSync(entries.find(['b'], 'v')?.folder ?? '', 1, 1);
  expect(entries.evict(1_100).map(({ key }) => key)).toEqual(['b']);
  await expect(entries.add('c', 'v', 1, () => Promise.reject(new Error('full')))).rejects.toThrow('full');
  expect(entries.has('c', 'v')).toBe(false);
});
