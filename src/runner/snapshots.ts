import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { InstallPlan } from '../model/plan.ts';
import { DISK_FLOOR_BYTES, freeBytes } from './disk.ts';
import type { IdleProcesses } from './idle-processes.ts';
import { ToolVersions } from './tool-versions.ts';
import type { Trash } from './trash.ts';
import { measure, touch } from './workspaces.ts';

/** Where snapshots are kept, and how many. */
export interface SnapshotsOptions {
  /** The snapshots; several runners of one machine may share it. */
  readonly folder: string;
  /** Copies made ahead; this runner's own, on the same disk as its workspaces. */
  readonly sparesFolder: string;
  /** Distinguishes the runners that share the folder. */
  readonly runnerKey: string;
  /** Beyond this the least recently used ones go, in bytes. Default 10 GB. */
  readonly limitBytes?: number;
  readonly trash: Trash;
  readonly processes: IdleProcesses;
}

/** What the result of an install depends on. */
export interface SnapshotContext {
  readonly workspace: string;
  readonly env: Readonly<Record<string, string>>;
  readonly repository: number;
  readonly trust: string;
}

/** Copies are a luxury: none is made ahead when less of the disk is free, in bytes. */
const ROOM_FOR_SPARES_BYTES = 4 * DISK_FLOOR_BYTES;

/** For how many snapshots a copy is made ahead: those used last. */
const SPARES = 3;

/**
 * What `npm ci` and its kin installed, kept to be put in place instead of installing again. The job gets a copy that it
 * may change as it likes (never hard links: a change would reach the snapshot), and that copy is made ahead: to put it
 * in place is then a rename.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #versions = new ToolVersions();
  readonly #spares = new Map<string, string>();
  #copying: { readonly key: string; readonly done: Promise<void> } | undefined;
  #publishing: Promise<void> | undefined;
  #count = 0;
  #isStopped = false;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
  }

  /** What was half made in an earlier life is thrown away, and copies too: after a crash they may have holes. */
  start(): void {
    const { folder, sparesFolder, trash, runnerKey } = this.#options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    trash.discard(sparesFolder);
    mkdirSync(sparesFolder, { recursive: true, mode: 0o700 });
    const partial = readdirSync(folder).filter((name) => name.startsWith(`.partial-${runnerKey}-`));
    for (const name of partial) rmSync(join(folder, name), { recursive: true, force: true });
  }

  /** No more copies are made; resolves when the last one is over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#publishing;
    await this.#copying?.done;
  }

  /** Name of the snapshot for a plan in a workspace: a hash of everything that decides what would be installed. */
  async keyOf(plan: InstallPlan, context: SnapshotContext): Promise<string> {
    const { workspace, env, repository, trust } = context;
    const versions = await Promise.all(plan.toolVersions.map((command) => this.#versions.of(command, workspace, env)));
    const hash = createHash('sha256');
    hash.update(
      JSON.stringify([repository, trust, process.platform, process.arch, plan.step, plan.directories, versions]),
    );
    // A virtual environment of Python holds the path that it was made for; node_modules does not.
    if (plan.directories.some((directory) => !/(^|\/)node_modules$/.test(directory))) hash.update(workspace);
    for (const file of plan.keyFiles) hash.update(JSON.stringify([file, contentHash(join(workspace, file))]));
    return hash.digest('hex').slice(0, 40);
  }

  /** Puts a snapshot in place; false if there is none, or it did not work: then nothing was changed. */
  async restore(key: string, workspace: string, directories: readonly string[]): Promise<boolean> {
    if (this.#copying?.key === key) await this.#copying.done;
    const spare = this.#spares.get(key);
    this.#spares.delete(key);
    const copy = spare ?? (await this.#copy(key));
    if (copy === undefined) return false;
    touch(this.#path(key));
    const isDone = moveIn(copy, workspace, directories);
    this.#options.trash.discard(copy);
    return isDone;
  }

  /** Keeps what an install that succeeded has made, before any test could change it. Never rejects. */
  async keep(key: string, workspace: string, directories: readonly string[]): Promise<void> {
    if (existsSync(this.#path(key)) || this.#isStopped) return;
    const partial = join(this.#options.folder, `.partial-${this.#options.runnerKey}-${this.#count++}`);
    try {
      mkdirSync(partial, { mode: 0o700 });
      if (await this.#copyOut(workspace, directories, partial)) this.#publishing = this.#publish(partial, key);
      else this.#options.trash.discard(partial);
    } catch {
      // No room, most likely: the next job installs again.
    }
  }

  /** After a job: takes what was installed out of the workspace, since cleaning it there would take long. */
  takeOut(workspace: string, directories: readonly string[]): void {
    for (const directory of directories) this.#options.trash.discard(join(workspace, directory));
  }

  /** Makes copies ahead of the snapshots that were used last, one after the other; throws away those of older ones. */
  async prepareAhead(): Promise<void> {
    if (this.#copying !== undefined || this.#isStopped) return;
    if (freeBytes(this.#options.sparesFolder) < ROOM_FOR_SPARES_BYTES) return;
    const wanted = this.#lastUsed();
    for (const [key, path] of this.#spares) {
      if (wanted.includes(key)) continue;
      this.#spares.delete(key);
      this.#options.trash.discard(path);
    }
    const key = wanted.find((one) => !this.#spares.has(one));
    if (key === undefined) return;
    const done = this.#addSpare(key);
    this.#copying = { key, done };
    await done;
    this.#copying = undefined;
    if (this.#spares.has(key)) await this.prepareAhead();
  }

  /** Removes the least recently used ones beyond the limit; for when there is nothing else to do. */
  async evict(limitBytes: number = this.#options.limitBytes ?? 10e9): Promise<void> {
    const sizes = await measure(this.#options.folder, this.#options.processes);
    let total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of sizes) {
      if (total <= limitBytes) return;
      this.#options.trash.discard(this.#path(name));
      total -= bytes;
    }
  }

  #path(key: string): string {
    return join(this.#options.folder, key);
  }

  #lastUsed(): string[] {
    const names = readdirSync(this.#options.folder).filter((name) => !name.startsWith('.'));
    const used = names.map((name) => ({
      name,
      ms: statSync(this.#path(name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    }));
    const newest = used.sort((a, b) => b.ms - a.ms).slice(0, SPARES);
    return newest.map(({ name }) => name);
  }

  async #addSpare(key: string): Promise<void> {
    const copy = await this.#copy(key);
    if (copy !== undefined) this.#spares.set(key, copy);
  }

  /** A copy of a snapshot of one's own; undefined if there is none or it could not be copied whole. */
  async #copy(key: string): Promise<string | undefined> {
    const from = this.#path(key);
    if (!existsSync(from)) return undefined;
    const to = join(this.#options.sparesFolder, `${key}-${this.#count++}`);
    if (await this.#copyTree(from, to)) return to;
    this.#options.trash.discard(to);
    return undefined;
  }

  /** It gets its name only when all of it is on disk: after a power cut there is a whole snapshot or none. */
  async #publish(partial: string, key: string): Promise<void> {
    if (process.platform === 'linux') await this.#options.processes.run('sync', ['-f', partial]);
    try {
      renameSync(partial, this.#path(key));
      await this.prepareAhead();
    } catch {
      this.#options.trash.discard(partial); // another runner was quicker
    }
  }

  /** `directories` become `0`, `1` … in `to`; one that the install did not make is left out. */
  async #copyOut(workspace: string, directories: readonly string[], to: string): Promise<boolean> {
    for (const [at, directory] of directories.entries()) {
      const from = join(workspace, directory);
      if (existsSync(from) && !(await this.#copyTree(from, join(to, String(at))))) return false;
    }
    return true;
  }

  /** Copies a folder with its modes, times and links, sharing blocks where the file system can. */
  async #copyTree(from: string, to: string): Promise<boolean> {
    const copy = async (...options: string[]) =>
      (await this.#options.processes.run('cp', [...options, from, to])) !== undefined;
    if (process.platform === 'darwin') return copy('-Rpc');
    if (await copy('-a', '--reflink=auto', '--')) return true;
    rmSync(to, { recursive: true, force: true });
    return copy('-a', '--'); // a cp that does not know --reflink (BusyBox)
  }
}

function contentHash(path: string): string | null {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : null;
}

/** All or nothing: where a directory is in the way already, those moved before are taken out again. */
function moveIn(copy: string, workspace: string, directories: readonly string[]): boolean {
  const moved: [string, string][] = [];
  try {
    for (const [at, directory] of directories.entries()) {
      const from = join(copy, String(at));
      const to = join(workspace, directory);
      if (!existsSync(from)) continue;
      mkdirSync(dirname(to), { recursive: true });
      renameSync(from, to);
      moved.push([to, from]);
    }
    return true;
  } catch {
    for (const [to, from] of moved) renameSync(to, from);
    return false;
  }
}
