import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** A result that the dispatcher does not have yet. */
export interface ClassicResult {
  /** Name of its file: `<sha>-<number>.txt`. */
  readonly name: string;
  readonly sha: string;
}

const NAME = /^([0-9a-f]{40}|[0-9a-f]{64})-(\d+)\.txt$/;

/**
 * What a classic runner has produced and not yet delivered: a file for each commit, on its own disk, so that it outlives
 * the runner and the dispatcher's absence.
 */
export class ClassicOutbox {
  readonly #folder: string;
  readonly #refused: string;
  /** Texts for which there was no room on the disk. */
  readonly #unkept = new Map<string, Buffer>();
  #results: ClassicResult[] = [];
  #last = 0;

  /** Keeps results in `folder`, and those that the dispatcher never took in `refused`. */
  constructor(folder: string, refused: string) {
    this.#folder = folder;
    this.#refused = refused;
  }

  /** Takes over what an earlier life has left. */
  start(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const found = readdirSync(this.#folder).flatMap((name) => {
      const [, sha, number] = NAME.exec(name) ?? [];
      if (sha === undefined) rmSync(join(this.#folder, name), { recursive: true, force: true }); // half written
      return sha === undefined ? [] : [{ name, sha, number: Number(number) }];
    });
    found.sort((a, b) => a.number - b.number);
    this.#last = found.at(-1)?.number ?? 0;
    this.#results = found;
  }

  /** Oldest first. */
  get results(): readonly ClassicResult[] {
    return this.#results;
  }

  /**
   * Keeps a text so that it survives a power cut; it takes the place of an older one of the same commit. Throws if it
   * could not be kept; it can be delivered all the same, as long as this process lives.
   */
  keep(sha: string, text: Buffer): void {
    this.#last = Math.max(this.#last + 1, Date.now());
    const name = `${sha}-${this.#last}.txt`;
    for (const older of this.#results.filter((one) => one.sha === sha)) this.remove(older);
    this.#results.push({ name, sha });
    try {
      const aside = join(this.#folder, `${name}.part`);
      writeDurably(aside, text);
      renameSync(aside, join(this.#folder, name));
    } catch (error) {
      this.#unkept.set(name, text);
      throw error;
    }
  }

  read({ name }: ClassicResult): Buffer {
    return this.#unkept.get(name) ?? readFileSync(join(this.#folder, name));
  }

  /** The dispatcher has it. */
  remove({ name }: ClassicResult): void {
    this.#results = this.#results.filter((one) => one.name !== name);
    this.#unkept.delete(name);
    rmSync(join(this.#folder, name), { force: true });
  }

  /** The dispatcher does not want it: kept for people, under the path that is returned. */
  setAside({ name, sha }: ClassicResult): string {
    const path = join(this.#refused, name);
    mkdirSync(this.#refused, { recursive: true, mode: 0o700 });
    writeDurably(path, this.read({ name, sha }));
    this.remove({ name, sha });
    return path;
  }
}

function writeDurably(path: string, text: Buffer): void {
  const fd = openSync(path, 'w', 0o600);
  try {
    for (let at = 0; at < text.length; ) at += writeSync(fd, text, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
