import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Longer paths are not looked for by their ends. */
const MAX_PATH = 1000;

/** The files of the commit, as the job's own index has them. */
export class TrackedFiles {
  readonly #workspace: string;
  #index: Buffer | undefined;

  constructor(workspace: string) {
    this.#workspace = workspace;
  }

  /** A path stands between its length, in the lower 12 bits of 16, and a zero. */
  has(path: string): boolean {
    this.#index ??= this.#read();
    const bytes = Buffer.from(`${path}\0`);
    const length = Math.min(bytes.length - 1, 0xfff);
    for (let at = this.#index.indexOf(bytes); at >= 0; at = this.#index.indexOf(bytes, at + 1)) {
      if (at >= 2 && (this.#index.readUInt16BE(at - 2) & 0xfff) === length) return true;
    }
    return false;
  }

  /** The only path that is this one in some folder; undefined if there is none, or several are. */
  endingWith(path: string): string | undefined {
    this.#index ??= this.#read();
    const bytes = Buffer.from(`/${path}\0`);
    let found: string | undefined;
    for (let at = this.#index.indexOf(bytes); at >= 0; at = this.#index.indexOf(bytes, at + 1)) {
      const whole = this.#pathTo(at, at + bytes.length - 1);
      if (whole === undefined) continue;
      if (found !== undefined) return undefined;
      found = whole;
    }
    return found;
  }

  /** The path that ends before `end` and begins before `at`. */
  #pathTo(at: number, end: number): string | undefined {
    const index = this.#index ?? Buffer.alloc(0);
    for (let start = at - 1; start >= 2 && end - start <= MAX_PATH && index[start] !== 0; start--)
      if ((index.readUInt16BE(start - 2) & 0xfff) === end - start) return index.toString('utf8', start, end);
    return undefined;
  }

  #read(): Buffer {
    try {
      return readFileSync(join(this.#workspace, '.git', 'index'));
    } catch {
      return Buffer.alloc(0);
    }
  }
}
