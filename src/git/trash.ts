import { execFile } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, unlinkSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';

const run = promisify(execFile);
const COMMAND_MS = 10_000;

/**
 * Takes things out of sight at once and deletes them behind the scenes: a folder is renamed into the trash, whatever is
 * in it. Links are never followed, and nothing is deleted while something is mounted below it.
 */
export class Trash {
  readonly #folder: string;
  readonly #logger: Logger | undefined;
  #emptying: Promise<void> | undefined;
  #count = 0;

  constructor(folder: string, logger: Logger | undefined) {
    this.#folder = folder;
    this.#logger = logger;
  }

  /** Removes a file, link, socket or folder. Throws what the file system throws. */
  remove(path: string | Buffer): void {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (!found.isDirectory()) {
      unlinkSync(path);
      return;
    }
    if ((found.mode & 0o700) !== 0o700) chmodSync(path, 0o700); // to move a folder one must be able to write to it
    mkdirSync(this.#folder, { recursive: true });
    renameSync(path, join(this.#folder, `${process.pid}-${Date.now()}-${this.#count++}`));
    this.#emptying ??= this.#empty().finally(() => {
      this.#emptying = undefined;
    });
  }

  /** Deletes what an earlier process left, and waits until all is gone. */
  async settle(): Promise<void> {
    await this.#emptying;
    await this.#empty();
  }

  async #empty(): Promise<void> {
    const failed = new Set<string>();
    for (;;) {
      const names = (await readdir(this.#folder).catch(() => [])).filter((name) => !failed.has(name));
      if (names.length === 0) return;
      for (const name of names) if (!(await this.#delete(join(this.#folder, name)))) failed.add(name);
    }
  }

  async #delete(path: string): Promise<boolean> {
    try {
      await unmountBelow(path);
      await rm(path, { recursive: true, force: true }).catch(() => removeByForce(path));
      return true;
    } catch (error) {
      this.#logger?.warn(
        { path, error: messageOf(error) },
        'something that a job left cannot be deleted; delete it by hand',
      );
      return false;
    }
  }
}

/** Folders without permissions are opened; as root, immutable files are made mutable. */
async function removeByForce(path: string): Promise<void> {
  await openFolders(path);
  await rm(path, { recursive: true, force: true }).catch(async () => {
    await unlock(path);
    await rm(path, { recursive: true, force: true });
  });
}

/** Takes away what `chattr +i` and `+a` do, as far as we may. */
export async function unlock(path: string): Promise<void> {
  await run('chattr', ['-R', '-f', '-i', '-a', '--', path], { timeout: COMMAND_MS }).catch(() => {});
}

async function openFolders(path: string): Promise<void> {
  await chmod(path, 0o700).catch(() => {});
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await openFolders(join(path, entry.name));
}

/** Ends what is mounted at `path` (absolute, without links) or below it. Throws if something stays. */
export async function unmountBelow(path: string): Promise<void> {
  const mounts = mountsBelow(path);
  for (const mount of mounts.reverse()) await run('umount', ['-l', '--', mount], { timeout: COMMAND_MS });
}

/** What is mounted at `path` or below it, in the order of mounting; a bind mount looks like a plain folder otherwise. */
export function mountsBelow(path: string): string[] {
  const text = readMounts();
  if (!text.includes(escapeMount(path))) return [];
  return text.split('\n').flatMap((line) => {
    const mount = (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, (_, octal) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const point = Buffer.from(mount, 'latin1').toString('utf8');
    return point === path || point.startsWith(`${path}/`) ? [point] : [];
  });
}

function readMounts(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'latin1');
  } catch {
    return ''; // not Linux: there only an administrator mounts
  }
}

function escapeMount(path: string): string {
  const bytes = Buffer.from(path).toString('latin1');
  return bytes.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
}
