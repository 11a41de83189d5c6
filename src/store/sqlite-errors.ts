import { StoreBrokenError, StoreBusyError, StoreCorruptError, StoreFullError } from './errors.ts';

/** Primary result codes of SQLite: https://sqlite.org/rescode.html */
const CODE = { busy: 5, readonly: 8, ioerr: 10, corrupt: 11, full: 13, cantopen: 14, notadb: 26 } as const;
/** The binding's `all()` throws errors without a code; SQLite's texts for these are fixed (`sqlite3_errstr`). */
const CODE_OF_MESSAGE = new Map<string, number>([
  ['database is locked', CODE.busy],
  ['attempt to write a readonly database', CODE.readonly],
  ['disk I/O error', CODE.ioerr],
  ['database disk image is malformed', CODE.corrupt],
  ['database or disk is full', CODE.full],
  ['unable to open database file', CODE.cantopen],
  ['file is not a database', CODE.notadb],
]);
/** IOERR_SHMSIZE: the file beside the database that all connections share could not grow: no room for it. */
const IOERR_SHMSIZE = 4874;

/** What an error of SQLite means to us; anything else is handed back as it is. */
export function translateError(path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = (error as { errcode?: number }).errcode ?? CODE_OF_MESSAGE.get(error.message);
  if (code === undefined) return error;
  const cause = { cause: error };
  if (code === IOERR_SHMSIZE) return new StoreFullError(path, cause);
  switch (code & 0xff) {
    case CODE.full:
      return new StoreFullError(path, cause);
    case CODE.corrupt:
    case CODE.notadb:
      return new StoreCorruptError(path, error.message, cause);
    case CODE.ioerr:
    case CODE.readonly:
    case CODE.cantopen:
      return new StoreBrokenError(path, error.message, cause);
    case CODE.busy:
      return new StoreBusyError(path, cause);
    default:
      return error;
  }
}
