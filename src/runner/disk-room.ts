import { statfsSync } from 'node:fs';
import { describeBytes, type LowDisk } from '../model/disk-floor.ts';
import type { Clock } from '../support/clock.ts';

/** What {@link DiskRoom} needs. */
export interface DiskRoomOptions {
  /** A folder on the disk in question. */
  readonly folder: string;
  /** Nothing begins when less is free, in bytes. */
  readonly floorBytes: number;
  readonly clock: Clock;
  /** Throws away what can be had again. */
  readonly makeRoom: () => Promise<void>;
  /** How much may still be written to the disk of a folder, in bytes. Default: what the system says. */
  readonly freeBytes?: (folder: string) => number;
}

/** What has to be free again after there was too little, in floors: about the floor itself a disk would go to and fro. */
const MARGIN = 1.1;

/** How often room is made at most, in milliseconds: to measure what could go takes a second or more. */
const MAKE_MS = 30_000;

/** Whether there is room on the disk for a job, perhaps after some was made. */
export class DiskRoom {
  readonly #options: DiskRoomOptions;
  #low: LowDisk | undefined;
  #madeMs = Number.NEGATIVE_INFINITY;
  #making: Promise<void> | undefined;

  constructor(options: DiskRoomOptions) {
    this.#options = options;
  }

  /** Looks at the disk; undefined: there is room, as far as the system says. */
  look(): LowDisk | undefined {
    const { folder, floorBytes, freeBytes: read = freeBytesOf } = this.#options;
    const freeBytes = read(folder);
    const enoughBytes = this.#low === undefined ? floorBytes : Math.round(floorBytes * MARGIN);
    const isLow = freeBytes < enoughBytes;
    this.#low = isLow
      ? { folder, freeBytes, floorBytes: freeBytes < floorBytes ? floorBytes : enoughBytes }
      : undefined;
    return this.#low;
  }

  /** Makes room where there is too little; undefined: there is enough, now or already. */
  async make(): Promise<LowDisk | undefined> {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.look() === undefined) return undefined;
    if (this.#making === undefined && nowMs - this.#madeMs >= MAKE_MS) {
      this.#madeMs = nowMs;
      this.#making = this.#options.makeRoom().finally(() => {
        this.#making = undefined;
      });
    }
    if (this.#making === undefined) return this.#low;
    await this.#making.catch(() => {}); // a disk that is full may refuse even that: it is looked at again
    return this.look();
  }
}

/** Why a job that nobody can be given back to does not begin, in words. */
export function noRoomWords(runnerName: string, { folder, freeBytes, floorBytes }: LowDisk): string {
  return (
    `only ${describeBytes(freeBytes)} are free on the disk of ${folder} (runner ${runnerName}), and nothing starts ` +
    `below ${describeBytes(floorBytes)}; make room there, then run the job again`
  );
}

/** How much an ordinary user may still write to the disk of `path`, in bytes; infinity if the system does not say. */
export function freeBytesOf(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY; // the job will say what is wrong with the folder
  }
}
