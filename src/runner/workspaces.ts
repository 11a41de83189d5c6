import { mkdirSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { IdleProcesses } from './idle-processes.ts';
import type { Trash } from './trash.ts';

/** What is checked out, and where it can be had. */
export interface CheckoutRequest {
  readonly sha: string;
  readonly tree: string | null;
  /** Object folders on this machine; empty: by `fetch`. */
  readonly objects: readonly string[];
  readonly fetch?: { readonly url: string; readonly ticket: string };
}

/** A folder that is brought from commit to commit; `src/git/workspace.ts` is the real one. */
export interface JobWorkspace {
  /** Brings it to a commit, clean. Rejects if the commit cannot be had. */
  prepare(request: CheckoutRequest): Promise<{ readonly path: string }>;
  /** Empties it, for a job that checks nothing out. */
  prepareEmpty(): Promise<{ readonly path: string }>;
  /** Cleans up what can be cleaned before the next commit is known. */
  afterJob(): Promise<void>;
  /** Ends what it has running. It can be used again. */
  close(): Promise<void>;
}

/** How workspaces are kept. */
export interface WorkspacesOptions {
  readonly folder: string;
  /** Beyond this the least recently used ones go, in bytes. Default 20 GB. */
  readonly limitBytes?: number;
  readonly open: (folder: string) => JobWorkspace;
  readonly trash: Trash;
  readonly processes: IdleProcesses;
}

/** Whose workspace it is. */
export interface WorkspaceKey {
  readonly repository: number;
  readonly slot: number;
  readonly trust: string;
}

/** How exactly it is known when a workspace was last used, in milliseconds. */
const TOUCH_MS = 10_000;

/** The workspaces of a runner: one for each repository, slot and trust. */
export class Workspaces {
  readonly #options: WorkspacesOptions;
  readonly #open = new Map<string, JobWorkspace>();
  readonly #inUse = new Set<string>();
  readonly #touchedMs = new Map<string, number>();

  constructor(options: WorkspacesOptions) {
    this.#options = options;
  }

  start(): void {
    mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
  }

  /** The workspace, for one execution at a time, until `release`. */
  acquire(key: WorkspaceKey): JobWorkspace {
    const name = nameOf(key);
    this.#inUse.add(name);
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const workspace = this.#options.open(join(this.#options.folder, name));
    this.#open.set(name, workspace);
    return workspace;
  }

  release(key: WorkspaceKey): void {
    const name = nameOf(key);
    this.#inUse.delete(name);
    const nowMs = Date.now();
    if (nowMs - (this.#touchedMs.get(name) ?? 0) < TOUCH_MS) return;
    this.#touchedMs.set(name, nowMs);
    touch(join(this.#options.folder, name));
  }

  /** Ends what they have running. */
  async stop(): Promise<void> {
    await Promise.all([...this.#open.values()].map((workspace) => workspace.close()));
  }

  /** Measures them and removes the least recently used ones beyond the limit; for when there is nothing else to do. */
  async evict(limitBytes: number = this.#options.limitBytes ?? 20e9): Promise<void> {
    const sizes = await measure(this.#options.folder, this.#options.processes);
    let total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of sizes) {
      if (total <= limitBytes) return;
      if (this.#inUse.has(name)) continue;
      await this.#open.get(name)?.close();
      this.#open.delete(name);
      this.#touchedMs.delete(name);
      this.#options.trash.discard(join(this.#options.folder, name));
      total -= bytes;
    }
  }
}

function nameOf(key: WorkspaceKey): string {
  return `${key.repository}-${key.slot}-${key.trust}`;
}

/** Remembers when a folder was last used, in its own time stamp: that outlives the process. */
export function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // It was removed meanwhile.
  }
}

/**
 * What each folder inside `folder` takes, in bytes, the least recently used first. By `du`, which is quick and a process
 * of its own: looking at a tree of 100 000 files would keep this one busy.
 */
export async function measure(
  folder: string,
  processes: IdleProcesses,
): Promise<{ readonly name: string; readonly bytes: number }[]> {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  if (names.length === 0) return [];
  const output = (await processes.run('du', ['-sk', '--', ...names.map((name) => join(folder, name))])) ?? '';
  const lines = output.split('\n');
  const all = names.map((name) => {
    const path = join(folder, name);
    const line = lines.find((one) => one.endsWith(`\t${path}`)) ?? '0';
    return { name, bytes: Number.parseInt(line, 10) * 1024, usedMs: usedMs(path) };
  });
  return all.sort((a, b) => a.usedMs - b.usedMs);
}

function usedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
