import { lstat, opendir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CiError } from '../support/ci-error.ts';

/** There is too little room on a disk to begin something that needs some. */
export class DiskLowError extends CiError {
  override readonly name = 'DiskLowError';
  readonly code = 'E_DISK_LOW';
  constructor(path: string, freeBytes: number, floorBytes: number) {
    const [free, floor] = [freeBytes, floorBytes].map((bytes) => `${Math.round(bytes / 1e6)} MB`);
    super(`only ${free} are free on the disk of ${path}, and nothing starts below ${floor}; make room there`);
  }
}

/** @throws {DiskLowError} if less than `floorBytes` are free where `path` is, or would be. */
export async function assertDiskRoom(path: string, floorBytes: number): Promise<void> {
  const { bavail, bsize } = await statfsAbove(path);
  if (bavail * bsize < floorBytes) throw new DiskLowError(path, bavail * bsize, floorBytes);
}

/** Bytes that a folder takes on its disk, links not followed; 0 if there is none. */
export async function sizeOf(path: string): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  let bytes = found.blocks * 512;
  if (!found.isDirectory()) return bytes;
  const folder = await opendir(path).catch(() => undefined);
  if (folder === undefined) return bytes;
  for await (const entry of folder) bytes += await sizeOf(join(path, entry.name));
  return bytes;
}

async function statfsAbove(path: string): Promise<{ bavail: number; bsize: number }> {
  return statfs(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
    return statfsAbove(dirname(path));
  });
}
