import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { CiError, messageOf } from './ci-error.ts';

/** SQLITE_BUSY: https://sqlite.org/rescode.html */
const BUSY = 5;

/** Somebody else holds the lock. */
export class LockedError extends CiError {
  override readonly name = 'LockedError';
  readonly code = 'E_LOCKED';
  readonly path: string;
  constructor(path: string, options?: ErrorOptions) {
    super(`${path} is locked: another Signalbox process works in this folder; use that one, or stop it`, options);
    this.path = path;
  }
}

/** The lock cannot be had for another reason than that somebody holds it. */
export class LockFileError extends CiError {
  override readonly name = 'LockFileError';
  readonly code = 'E_LOCK_FILE';
  constructor(path: string, cause: unknown) {
    super(
      `the lock ${path} cannot be opened (${messageOf(cause)}); is its folder on a disk of this machine, and ours?`,
      {
        cause,
      },
    );
  }
}

/** A lock that is held. */
export interface FileLock {
  /** Gives it up; safe twice. */
  release(): Promise<void>;
}

/**
 * Takes the lock at `path` (a file made for it alone), or fails at once. The kernel frees it when the process dies,
 * however it dies: it is the lock of a database, not the existence of a file or a process id in it. Works also against
 * a second caller in the same process. Nothing else may open the file: closing it would free the lock (POSIX).
 * @throws {LockedError} if somebody holds it.
 */
export async function acquireLock(path: string): Promise<FileLock> {
  let database: InstanceType<typeof DatabaseSync> | undefined;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    database = new DatabaseSync(path, { timeout: 0 });
    database.exec('begin exclusive');
  } catch (cause) {
    database?.close();
    throw (cause as { errcode?: number }).errcode === BUSY
      ? new LockedError(path, { cause })
      : new LockFileError(path, cause);
  }
  const held = database;
  return {
    async release() {
      if (held.isOpen) held.close();
    },
  };
}
