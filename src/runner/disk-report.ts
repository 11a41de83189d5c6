import { type LowDisk, lowDiskWords } from '../model/disk-floor.ts';
import type { Logger } from '../support/logger.ts';
import type { DiskRoom } from './disk-room.ts';

/** What the dispatcher is told of the disk, in the hello and with each heartbeat. */
export class DiskReport {
  readonly #room: DiskRoom;
  readonly #logger: Logger;
  /** What was told last, in words; undefined: that there is room. */
  #said: string | undefined;

  constructor(room: DiskRoom, logger: Logger) {
    this.#room = room;
    this.#logger = logger;
  }

  /** Was the dispatcher told that there is too little room? */
  get isLow(): boolean {
    return this.#said !== undefined;
  }

  /** What it is told now; the runner's own log is told of a change once. */
  say(): { readonly lowDisk?: LowDisk } {
    const low = this.#room.look();
    const words = low && lowDiskWords(low);
    if (low !== undefined && this.#said === undefined)
      this.#logger.warn({ folder: low.folder }, `the disk has ${words}: no job begins until there is room`);
    if (low === undefined && this.#said !== undefined) this.#logger.info('there is room on the disk again');
    this.#said = words;
    return low === undefined ? {} : { lowDisk: low };
  }

  /** Makes room if there is too little, then calls `tell` at once if there is something else to tell than was told last. */
  async watch(tell: () => void): Promise<void> {
    const low = await this.#room.make();
    if ((low && lowDiskWords(low)) !== this.#said) tell();
  }
}
