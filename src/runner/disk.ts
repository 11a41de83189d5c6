import { statfsSync } from 'node:fs';

/** How much an ordinary user may still write to the disk of `path`, in bytes. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** `3 kB`, `412 MB`, `1.2 GB`. */
export function describeBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** What is asked before a job begins. */
export interface RoomQuestion {
  /** A folder on the disk in question. */
  readonly caches: string;
  readonly diskFloorBytes: number;
  readonly runnerName: string;
  /** Throws away what can be had again. */
  readonly makeRoom: () => Promise<void>;
}

/** Why there is no room for a job, in words; undefined: there is, perhaps after some was made. */
export async function whyNoRoom({
  caches,
  diskFloorBytes,
  runnerName,
  makeRoom,
}: RoomQuestion): Promise<string | undefined> {
  if (freeBytes(caches) >= diskFloorBytes) return undefined;
  await makeRoom();
  const free = freeBytes(caches);
  if (free >= diskFloorBytes) return undefined;
  return (
    `the disk of runner ${runnerName} has only ${describeBytes(free)} free, and nothing starts below ` +
    `${describeBytes(diskFloorBytes)}; make room on it, then run the job again`
  );
}
