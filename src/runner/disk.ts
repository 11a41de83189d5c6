import { statfsSync } from 'node:fs';

/** Nothing starts when less than this is free, in bytes: 500 MB. */
export const DISK_FLOOR_BYTES = 500_000_000;

/** How much an ordinary user may still write to the disk of `path`, in bytes. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** `412 MB`, `1.2 GB`. */
export function describeBytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
