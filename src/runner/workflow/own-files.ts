import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The runner's own files for the steps of a job: scripts, the event, and what the steps answer by. They are beside TMPDIR and
 * not in it, so that what is still as it has to be serves the next job of the slot: to make a dozen files and folders and to
 * remove them costs more than the process of a step, where a database is synced on the same disk.
 */
export class OwnFiles {
  #folder: string;
  readonly #spare: string;
  /** What outlives the job unless a step has changed it, by name. */
  readonly #public = new Map<string, string>();

  /** `spare`: used instead where a job has made something of the folder that cannot be removed. */
  constructor(folder: string, spare: string) {
    this.#folder = folder;
    this.#spare = spare;
  }

  /** A job begins; the last one may have left anything in place of the folder. */
  begin(): void {
    try {
      this.#begin();
    } catch {
      this.#folder = this.#spare;
    }
  }

  #begin(): void {
    const stats = lstatSync(this.#folder, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true && (stats.mode & 0o7777) === 0o700) return;
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
  }

  /** The path of a file that holds this text, and that nobody else has by another name. */
  put(name: string, text: string): string {
    try {
      return this.#put(name, text);
    } catch (error) {
      if (this.#folder === this.#spare) throw error;
      this.#folder = this.#spare;
      return this.#put(name, text);
    }
  }

  /** The same for a text that the repository holds anyway: it stays for the next job, which often has the same. */
  putPublic(name: string, text: string): string {
    this.#public.set(name, text);
    return this.put(name, text);
  }

  #put(name: string, text: string): string {
    const path = join(this.#folder, name);
    if (isAsItHasToBe(path, text)) return path;
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 }); // a step may have removed it
    rmSync(path, { recursive: true, force: true });
    writeFileSync(path, text, { mode: 0o600, flag: 'wx' });
    return path;
  }

  /** The job is over: what is not named goes, and what a step wrote into those named `empty`, since it may be secret. */
  end(names: readonly string[], empty: readonly string[]): void {
    const isKept = (name: string) =>
      names.includes(name) || this.#isAs(name, this.#public.get(name) ?? (empty.includes(name) ? '' : undefined));
    try {
      for (const name of readdirSync(this.#folder))
        if (!isKept(name)) rmSync(join(this.#folder, name), { recursive: true, force: true });
    } catch {
      // a step has removed the folder, or made something of it that cannot be removed: the next job sees to it
    }
  }

  #isAs(name: string, text: string | undefined): boolean {
    return text !== undefined && isAsItHasToBe(join(this.#folder, name), text);
  }
}

function isAsItHasToBe(path: string, text: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isFile() !== true || stats.nlink !== 1 || (stats.mode & 0o7777) !== 0o600) return false;
  return stats.size === Buffer.byteLength(text) && (text === '' || readFileSync(path, 'utf8') === text);
}
