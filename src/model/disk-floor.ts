/**
 * Nothing new begins when less than this is free on the disk that it is for, in bytes: no job, no upload, and the server
 * says that it is not ready. One number, so that what is refused and what is said about it never differ.
 */
export const DISK_FLOOR_BYTES = 500_000_000;

/** A disk with less room than is kept free on it. */
export interface LowDisk {
  /** The folder whose disk it is, as its machine calls it. */
  readonly folder: string;
  readonly freeBytes: number;
  /** Nothing begins below this. */
  readonly floorBytes: number;
}

/** `312 MB free of the 500 MB that it keeps free`. */
export function lowDiskWords({ freeBytes, floorBytes }: LowDisk): string {
  const whole = Math.floor(freeBytes / 1e6) * 1e6; // 499.9 MB are not the 500 that it wants
  return `${describeBytes(whole)} free of the ${describeBytes(floorBytes)} that it keeps free`;
}

/** `3 kB`, `412 MB`, `1.2 GB`. */
export function describeBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
