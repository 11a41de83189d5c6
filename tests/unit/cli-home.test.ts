import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { HomeError, makeHome, readAddress, readToken, removeAddress, writeAddress } from '../../src/cli/home.ts';
import { tempDir } from '../support/temp.ts';

test('the token is made once, for its owner alone, and leaves nothing else behind', async () => {
  await using dir = await tempDir();
  const tokens = await Promise.all(Array.from({ length: 20 }, () => readToken(dir.path)));
  expect(new Set(tokens).size).toBe(1);
  expect(tokens[0]).toMatch(/^[0-9a-f]{64}$/);
  expect((await stat(join(dir.path, 'token'))).mode & 0o777).toBe(0o600);
  expect(await readdir(dir.path)).toEqual(['token']);
});

test('a file that holds no token is told, not used', async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'token'), '\n');
  await expect(readToken(dir.path)).rejects.toThrow(/token holds no token \(.*\); remove it/);
});

test('the home is for its owner alone', async () => {
  await using dir = await tempDir();
  await makeHome(join(dir.path, 'a', 'b'));
  expect((await stat(join(dir.path, 'a', 'b'))).mode & 0o777).toBe(0o700);
});

test('a home where the system takes no new folder is told, and not tried for ever', async () => {
  await expect(makeHome('/proc/signalbox/home')).rejects.toThrow(
    'the home folder /proc/signalbox/home cannot be made (ENOENT',
  );
});

test('a home that cannot be made is told with its path', async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'file'), '');
  await expect(makeHome(join(dir.path, 'file', 'home'))).rejects.toThrow(HomeError);
});

test('the address is written whole, read back and taken away', async () => {
  await using dir = await tempDir();
  const address = { http: 'http://127.0.0.1:1', dispatcher: '127.0.0.1:2', pid: 3 };
  expect(await readAddress(dir.path)).toBeUndefined();
  await writeAddress(dir.path, address);
  expect(await readAddress(dir.path)).toEqual(address);
  await removeAddress(dir.path);
  await removeAddress(dir.path);
  expect(await readdir(dir.path)).toEqual([]);
});

test('what a kill left of an address is written over by the next', async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'address.json.new'), '{"http":"http://127.0.0.1:1"');
  await writeAddress(dir.path, { http: 'http://127.0.0.1:1', dispatcher: '127.0.0.1:2', pid: 3 });
  expect(await readdir(dir.path)).toEqual(['address.json']);
});

test('an address that cannot be read is none', async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'address.json'), '{"http":');
  expect(await readAddress(dir.path)).toBeUndefined();
});
