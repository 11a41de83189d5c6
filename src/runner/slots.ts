import { lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Trash } from './trash.ts';

/** A place for one execution at a time. */
export interface Slot {
  /** From 1. */
  readonly number: number;
  /** HOME of the job; empty. */
  readonly home: string;
  /** TMPDIR of the job; empty. */
  readonly tmp: string;
  /** For files of the runner's own that may serve several jobs; it need not be there. */
  readonly files: string;
}

/** Somebody who waits for a slot. */
interface Waiting {
  /** What for; empty: for nothing that another could know of, or for nothing any more. */
  readonly forWhat: () => string;
  readonly resolve: (slot: Slot) => void;
}

/**
 * The slots of a runner, with the folders that a job finds empty. They are made ahead and cleaned after each job, so
 * that the next one does not wait for it. The path is short: sockets in TMPDIR may have some 100 characters in all.
 */
export class Slots {
  readonly #folder: string;
  readonly #trash: Trash;
  readonly #free: Slot[] = [];
  #abandoned = 1;
  readonly #waiting: Waiting[] = [];

  constructor(folder: string, count: number, trash: Trash) {
    this.#folder = folder;
    this.#trash = trash;
    for (let number = 1; number <= count; number++) this.#free.push(this.#slot(number));
  }

  /** Makes the folders; what an earlier life left in them is thrown away. */
  start(): void {
    this.#trash.discard(this.#folder);
    for (const slot of this.#free) makeEmpty(slot, this.#trash);
  }

  /** How many wait for a slot. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Whoever is first in line, if it is for this; `release` has to be told of it. */
  heirFor(forWhat: string): Waiting | undefined {
    return this.#waiting[0]?.forWhat() === forWhat ? this.#waiting.shift() : undefined;
  }

  /** The free slot with the lowest number, whose workspaces are the warmest; waits until there is one. */
  acquire(forWhat: Waiting['forWhat'] = () => ''): Slot | Promise<Slot> {
    const slot = this.#free.shift();
    return slot ?? new Promise((resolve) => this.#waiting.push({ forWhat, resolve }));
  }

  /** The job is over and none of its processes is left. `heir`: who gets the slot. Default: whoever is first in line. */
  release(used: Slot, heir?: Waiting): void {
    if (heir !== undefined) this.#waiting.unshift(heir); // in line, should the folders not be made
    const slot = this.#cleaned(used);
    const next = this.#waiting.shift();
    if (next !== undefined) next.resolve(slot);
    else this.#free.push(slot);
    this.#free.sort((a, b) => a.number - b.number);
  }

  /** Folders that cannot be cleaned (made immutable, mounted over) are left behind for others. */
  #cleaned(slot: Slot): Slot {
    try {
      makeEmpty(slot, this.#trash);
      return slot;
    } catch {
      const other = this.#slot(slot.number, `${slot.number}-${this.#abandoned++}`);
      makeEmpty(other, this.#trash);
      return other;
    }
  }

  #slot(number: number, name = String(number)): Slot {
    const folder = join(this.#folder, name);
    return { number, home: join(folder, 'home'), tmp: join(folder, 'tmp'), files: join(folder, 'files') };
  }
}

function makeEmpty(slot: Slot, trash: Trash): void {
  for (const folder of [slot.home, slot.tmp]) {
    if (isEmptyFolder(folder)) continue;
    trash.discard(folder);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
}

function isEmptyFolder(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !stats.isDirectory() || (stats.mode & 0o7777) !== 0o700) return false;
  return readdirSync(path).length === 0;
}
