import { access, constants, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { acquireLock, type FileLock, LockedError } from '../support/file-lock.ts';
import { isThere } from './install-file.ts';
import type { InstallFolders } from './install-target.ts';

const WAIT_MS = 10_000;
const RETRY_MS = 20;

/**
 * Does `work` while nobody else installs in this repository, or takes away; waits up to 10 seconds for who does.
 * @throws {LockedError} if it takes them longer.
 */
export async function withLock<T>(folders: InstallFolders, work: () => Promise<T>): Promise<T> {
  await access(folders.commonDir, constants.W_OK);
  const path = join(folders.commonDir, 'signalbox.lock');
  const lock = await waitForLock(path);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
    await lock.release();
  }
}

async function waitForLock(path: string): Promise<FileLock> {
  for (const endMs = performance.now() + WAIT_MS; ; await wait(RETRY_MS)) {
    try {
      const lock = await acquireLock(path);
      if (await isThere(path)) return lock;
      await lock.release(); // removed after we had opened it, by its holder: who comes next would not see that we have it
    } catch (error) {
      if (!(error instanceof LockedError) || performance.now() > endMs) throw error;
    }
  }
}
