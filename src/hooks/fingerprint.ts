import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that changed less than this before it was looked at may change again without its time telling. */
const RACY_MS = 100;

/**
 * Tells cheaply whether refs can have moved. Git replaces a ref by renaming a file over it, which changes the time of its
 * folder: so a few `stat` calls do, and the files themselves are not read. Of a repository with folders in `refs/heads`
 * (`feature/x`) each folder is looked at.
 */
export class Fingerprint {
  readonly #commonDir: string;
  #paths: readonly string[] = [];
  #last = '';

  constructor(commonDir: string) {
    this.#commonDir = commonDir;
  }

  /** Could something have changed since the last call? True the first time; never wrongly false. */
  async hasChanged(): Promise<boolean> {
    const now = await this.#look();
    if (now !== undefined && now === this.#last) return false;
    this.#paths = await this.#find();
    this.#last = (await this.#look()) ?? '';
    return true;
  }

  /** The next call says true. */
  forget(): void {
    this.#last = '';
  }

  /** Times of all folders and files that matter; undefined if one is so young that it proves nothing. */
  async #look(): Promise<string | undefined> {
    if (this.#paths.length === 0) return undefined;
    const youngMs = Date.now() - RACY_MS; // wall time on purpose: it is compared with the file system's
    let isYoung = false;
    const marks = await Promise.all(
      this.#paths.map(async (path) => {
        const found = await stat(path).catch(() => undefined);
        if (found !== undefined && found.mtimeMs > youngMs) isYoung = true;
        return found === undefined ? '-' : `${found.mtimeMs}.${found.ino}.${found.size}`;
      }),
    );
    return isYoung ? undefined : marks.join(' ');
  }

  async #find(): Promise<string[]> {
    const files = ['HEAD', 'packed-refs', 'reftable'].map((name) => join(this.#commonDir, name));
    const heads = await foldersBelow(join(this.#commonDir, 'refs/heads'));
    const tags = await foldersBelow(join(this.#commonDir, 'refs/tags'));
    const worktrees = join(this.#commonDir, 'worktrees');
    const linked = (await readdir(worktrees).catch(() => [])).map((id) => join(worktrees, id, 'HEAD'));
    return [...files, ...heads, ...tags, worktrees, ...linked];
  }
}

/** The folder and all that are in it, at any depth. */
async function foldersBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const inner = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => foldersBelow(join(folder, entry.name))),
  );
  return [folder, ...inner.flat()];
}
