import { CiError } from '../support/ci-error.ts';

/** The disk (or its quota) is full. What was acknowledged is safe; nothing of the refused change was kept. */
export class StoreFullError extends CiError {
  override readonly name = 'StoreFullError';
  readonly code = 'E_STORE_FULL';
  constructor(path: string, options?: ErrorOptions) {
    super(`cannot write to ${path}: the disk is full; free some space, then it goes on by itself`, options);
  }
}

/** The disk failed. What is on it now is not known, so this process must not write any more: end it and start again. */
export class StoreBrokenError extends CiError {
  override readonly name = 'StoreBrokenError';
  readonly code = 'E_STORE_BROKEN';
  constructor(path: string, what: string, options?: ErrorOptions) {
    super(
      `writing to ${path} failed (${what}), probably because of a disk fault or a file system that became read-only; ` +
        'look at the log of the kernel, mend the disk, and start again',
      options,
    );
  }
}

/** The database is damaged. */
export class StoreCorruptError extends CiError {
  override readonly name = 'StoreCorruptError';
  readonly code = 'E_STORE_CORRUPT';
  constructor(path: string, what: string, options?: ErrorOptions) {
    super(
      `the database ${path} is damaged (${what}), probably by a disk fault or a copy made while it was in use; ` +
        `put a backup in its place, or move ${path} away (and ${path}-wal, ${path}-shm) to begin with an empty one`,
      options,
    );
  }
}

/** The database was written by a newer version of the program. */
export class StoreNewerError extends CiError {
  override readonly name = 'StoreNewerError';
  readonly code = 'E_STORE_NEWER';
  constructor(path: string, migration: string) {
    super(
      `the database ${path} was written by a newer version of this program (it knows the migration ${migration}); ` +
        'run that version, or put the backup from before the upgrade in its place',
    );
  }
}

/** Somebody else has the database open and does not let go. */
export class StoreBusyError extends CiError {
  override readonly name = 'StoreBusyError';
  readonly code = 'E_STORE_BUSY';
  constructor(path: string, options?: ErrorOptions) {
    super(
      `the database ${path} is locked by another process, probably a backup or a database tool; end it and try again`,
      options,
    );
  }
}

/** A repository of that name is known already. */
export class RepositoryExistsError extends CiError {
  override readonly name = 'RepositoryExistsError';
  readonly code = 'E_REPOSITORY_EXISTS';
  constructor(name: string) {
    super(`a repository named ${name} is known already; give this one another name (\`add --name\`)`);
  }
}

/** There is no repository of that id. */
export class UnknownRepositoryError extends CiError {
  override readonly name = 'UnknownRepositoryError';
  readonly code = 'E_UNKNOWN_REPOSITORY';
  constructor(id: number) {
    super(
      `there is no repository ${id}, probably because it was removed; \`signalbox repos\` lists those that are known`,
    );
  }
}

/** The store was closed before it was asked. */
export class StoreClosedError extends CiError {
  override readonly name = 'StoreClosedError';
  readonly code = 'E_STORE_CLOSED';
  constructor() {
    super('the store is closed, because the program is stopping; start it again');
  }
}

/** The run is over: there is nothing to cancel. */
export class RunCompletedError extends CiError {
  override readonly name = 'RunCompletedError';
  readonly code = 'E_RUN_COMPLETED';
  constructor(number: number, conclusion: string | null) {
    super(`run #${number} is over already, with ${conclusion}`);
  }
}

/** The run waits for nobody's word. */
export class NotHeldError extends CiError {
  override readonly name = 'NotHeldError';
  readonly code = 'E_NOT_HELD';
  constructor(number: number, approvedBy: string | null) {
    const why = approvedBy === null ? 'it does not wait for one' : `${approvedBy} gave it already`;
    super(`run #${number} needs no approval: ${why}`);
  }
}

/** Somebody approves a commit that is not the one of the run. */
export class RunMovedError extends CiError {
  override readonly name = 'RunMovedError';
  readonly code = 'E_RUN_MOVED';
  constructor(number: number, sha: string) {
    super(`run #${number} is for commit ${sha}, which is not the one that was approved; look at that one first`);
  }
}

/** The run is not over: it cannot be tried again yet. */
export class RunNotCompletedError extends CiError {
  override readonly name = 'RunNotCompletedError';
  readonly code = 'E_RUN_NOT_COMPLETED';
  constructor(number: number) {
    super(`run #${number} is not over yet; wait for it, or cancel it, and then rerun it`);
  }
}

/** A rerun would do nothing. */
export class NothingToRerunError extends CiError {
  override readonly name = 'NothingToRerunError';
  readonly code = 'E_NOTHING_TO_RERUN';
  constructor(number: number, failedOnly: boolean) {
    super(
      failedOnly
        ? `no job of run ${number} failed; rerun it without \`--failed\` to run all of it again`
        : `run ${number} has no jobs that could run again; push a commit that has some`,
    );
  }
}
