import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DISK_FLOOR_BYTES } from '../model/disk-floor.ts';
import type { InstallPlan } from '../model/plan.ts';
import { freeBytesOf } from './disk-room.ts';
import { fingerprint } from './fingerprint.ts';
import type { IdleProcesses } from './idle-processes.ts';
import { copyTree, inPlace, moveIn, moveOut } from './installed.ts';
import { Spares } from './spares.ts';
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
  /** Whatever tells it from others. */
  readonly repository: string;
  readonly trust: string;
}

/** Copies are a luxury: none is made ahead when less of the disk is free, in bytes. */
const ROOM_FOR_SPARES_BYTES = 4 * DISK_FLOOR_BYTES;

/** For how many snapshots a copy is made ahead: those used last. */
const SPARES = 3;

/** What was put into a workspace. */
interface Placed {
  readonly key: string;
  readonly path: string;
  readonly print: string | undefined;
}

/**
 * What `npm ci` and its kin installed, kept to be put in place instead of installing again. The job gets a copy that it
 * may change as it likes (never hard links: a change would reach the snapshot), and that copy is there before it is
 * needed: to put it in place is then a rename.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions;
  readonly #versions = new ToolVersions();
  readonly #spares: Spares;
  /** By workspace. */
  readonly #placed = new Map<string, Placed>();
  #publishing: Promise<void> = Promise.resolve();
  #count = 0;
  #isStopped = false;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    const copy = (key: string, to: string) => this.#copy(key, to);
    this.#spares = new Spares({ folder: options.sparesFolder, trash: options.trash, copy });
  }

  /** What was half made in an earlier life is thrown away. */
  start(): void {
    const { folder, runnerKey } = this.#options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#spares.start();
    const partial = readdirSync(folder).filter((name) => name.startsWith(`.partial-${runnerKey}-`));
    for (const name of partial) rmSync(join(folder, name), { recursive: true, force: true });
  }

  /** No more copies are made; resolves when the last one is over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#publishing;
    await this.#spares.stop();
  }

  /** Name of the snapshot for a plan in a workspace: a hash of everything that decides what would be installed. */
  async keyOf(plan: InstallPlan, context: SnapshotContext): Promise<string> {
    const { workspace, env, repository, trust } = context;
    const versions = await Promise.all(plan.toolVersions.map((command) => this.#versions.of(command, workspace, env)));
    const hash = createHash('sha256');
    const { platform, arch } = process;
    hash.update(JSON.stringify([repository, trust, platform, arch, plan.step, plan.directories, versions]));
    // A virtual environment of Python holds the path that it was made for; node_modules does not.
    if (plan.directories.some((directory) => !/(^|\/)node_modules$/.test(directory))) hash.update(workspace);
    for (const file of plan.keyFiles) hash.update(JSON.stringify([file, contentHash(join(workspace, file))]));
    return hash.digest('hex').slice(0, 40);
  }

  /** Puts a snapshot in place; false if there is none, or it did not work: then nothing was changed. */
  async restore(key: string, workspace: string, directories: readonly string[]): Promise<boolean> {
    const spare = await this.#spares.take(key);
    if (spare === undefined) return false;
    touch(this.#path(key));
    const isDone = moveIn(spare.path, workspace, directories);
    if (isDone) this.#placed.set(workspace, { key, ...spare });
    else this.#options.trash.discard(spare.path);
    return isDone;
  }

  /** Keeps what an install that succeeded has made, before any test could change it. Never rejects. */
  async keep(key: string, workspace: string, directories: readonly string[]): Promise<void> {
    if (existsSync(this.#path(key)) || this.#isStopped) return;
    const partial = join(this.#options.folder, `.partial-${this.#options.runnerKey}-${this.#count++}`);
    try {
      mkdirSync(partial, { mode: 0o700 });
      if (!(await this.#copyOut(workspace, directories, partial))) throw new Error('not copied whole');
      // What was installed in the workspace itself can serve the next job, if this one leaves it alone: known before the
      // snapshot is seen, of which a copy would be made ahead otherwise.
      const print = await fingerprint(inPlace(workspace, directories));
      this.#placed.set(workspace, { key, path: this.#spares.newPath(key), print });
      this.#publishing = this.#publish(partial, key);
    } catch {
      this.#options.trash.discard(partial); // no room, most likely: the next job installs again
    }
  }

  /** After a job: takes what was installed out of the workspace, since cleaning it there would take long. */
  takeOut(workspace: string, directories: readonly string[]): void {
    const placed = this.#placed.get(workspace);
    this.#placed.delete(workspace);
    if (placed === undefined || !moveOut(workspace, directories, placed.path)) {
      for (const path of inPlace(workspace, directories)) this.#options.trash.discard(path);
      return;
    }
    void this.#spares.comeBack(placed.key, placed);
  }

  /** Makes copies ahead of the snapshots that were used last, one after the other; throws away those of older ones. */
  async prepareAhead(): Promise<void> {
    await this.#publishing; // of a snapshot that is not seen yet there may be what came back from its first job
    const wanted = this.#lastUsed();
    this.#spares.keepOnly(wanted);
    for (const key of wanted) {
      if (this.#isStopped || freeBytesOf(this.#options.sparesFolder) < ROOM_FOR_SPARES_BYTES) return;
      const isOut = [...this.#placed.values()].some((placed) => placed.key === key);
      const comesBack = isOut && !this.#spares.isChanged(key);
      if (!comesBack && !this.#spares.has(key)) await this.#spares.prepare(key);
    }
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

  async #copy(key: string, to: string): Promise<boolean> {
    await this.#publishing;
    return existsSync(this.#path(key)) && (await copyTree(this.#path(key), to, this.#options.processes));
  }

  /** It gets its name only when all of it is on disk: after a power cut there is a whole snapshot or none. */
  async #publish(partial: string, key: string): Promise<void> {
    if (process.platform === 'linux') await this.#options.processes.run('sync', ['-f', partial]);
    try {
      renameSync(partial, this.#path(key));
    } catch {
      this.#options.trash.discard(partial); // another runner was quicker
    }
  }

  /** `directories` become `0`, `1` … in `to`; one that the install did not make is left out. */
  async #copyOut(workspace: string, directories: readonly string[], to: string): Promise<boolean> {
    for (const [at, from] of inPlace(workspace, directories).entries()) {
      if (existsSync(from) && !(await copyTree(from, join(to, String(at)), this.#options.processes))) return false;
    }
    return true;
  }
}

function contentHash(path: string): string | null {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  return isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : null;
}
