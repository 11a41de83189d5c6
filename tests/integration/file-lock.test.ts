import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acquireLock, LockedError, LockFileError } from '../../src/support/file-lock.ts';
import { tempDir } from '../support/temp.ts';

/** What another process does: takes the lock in the way of SQLite, says so, and holds it until it is killed. */
const HOLDER = `
const { createRequire } = require('node:module');
const { DatabaseSync } = createRequire(process.argv[2])('@photostructure/sqlite');
globalThis.held = new DatabaseSync(process.argv[3], { timeout: 0 });
globalThis.held.exec('begin exclusive');
process.send('held');
setInterval(() => {}, 1000);
`;

test('a lock is held by one at a time, and free again when it is released', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'sub', 'lock.db');
  const lock = await acquireLock(path);
  await expect(acquireLock(path)).rejects.toThrow(LockedError);
  await lock.release();
  await lock.release();
  const next = await acquireLock(path);
  await next.release();
});

test('a lock is free again when its holder is killed', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'lock.db');
  await writeFile(join(dir.path, 'holder.cjs'), HOLDER);
  const holder = fork(join(dir.path, 'holder.cjs'), [import.meta.filename, path]);
  await once(holder, 'message');
  await expect(acquireLock(path)).rejects.toThrow(/locked: another Signalbox process/);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const lock = await acquireLock(path);
  await lock.release();
});

test('a lock that cannot be opened is told apart from one that is held', async () => {
  await using dir = await tempDir();
  await writeFile(join(dir.path, 'file'), 'x');
  await expect(acquireLock(join(dir.path, 'file', 'lock.db'))).rejects.toThrow(LockFileError);
});
