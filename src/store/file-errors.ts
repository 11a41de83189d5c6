import { mkdirSync } from 'node:fs';
import { StoreBrokenError, StoreFullError } from './errors.ts';

/** What an error of the file system means to us; anything else is handed back as it is. */
export function translateFileError(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StoreFullError(path, { cause: error });
  if (code === 'EIO' || code === 'EROFS') return new StoreBrokenError(path, message, { cause: error });
  return error;
}

/** Does what needs `folder`, making it where it is missing; asking first would cost as much as the work. */
export function inFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    mkdirSync(folder, { recursive: true });
    return work();
  }
}
