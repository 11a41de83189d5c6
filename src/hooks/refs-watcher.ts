import type { Stats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { NO_COMMIT } from '../model/push.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import { readBranch, readRefFileNow } from './ref-file.ts';
import { isHead } from './ref-name.ts';

/** What a watcher needs. */
export interface RefsWatcherOptions {
  /** Git folder that all work trees share. */
  readonly commonDir: string;
  /** All refs as they are now. */
  readonly readRefs: () => Promise<ReadonlyMap<string, string>>;
  readonly clock: Clock;
  /** A ref moved; all zeros for none. Called once for each value that was seen. */
  readonly onMove: (ref: string, before: string, after: string) => void;
  /** The watcher sees nothing any more: it is stopped, and the poller is alone. */
  readonly onFailed: (why: string) => void;
}

/** Above this many loose refs `refs` is not watched: each event would cost a look at every one of them. */
const MAX_LOOSE_REFS = 300;

/** When a ref is looked at again after an event, in milliseconds: git writes its log before the ref itself moves. */
const AGAIN_MS = [5, 25, 150];

/**
 * Wakes up when refs of a local repository move. Only folders are watched (the git folder, `refs`, `logs`, `worktrees`),
 * never single files, so that it costs a handful of inotify watches; what moved is always read from the repository.
 */
export class RefsWatcher {
  readonly #options: RefsWatcherOptions;
  /** Where each ref was seen last. */
  #seen = new Map<string, string>();
  #watcher: FSWatcher | undefined;
  #hasRefs = true;
  #isStopped = false;
  readonly #timers = new Map<string, () => void>();
  #looking: Promise<void> = Promise.resolve();

  constructor(options: RefsWatcherOptions) {
    this.#options = options;
  }

  /** Fulfilled when it watches; what moves from then on is reported, and so is what moved since `start` was called. */
  async start(): Promise<void> {
    this.#seen = new Map(await this.#options.readRefs());
    this.#hasRefs = (await countFiles(join(this.#options.commonDir, 'refs'), MAX_LOOSE_REFS)) < MAX_LOOSE_REFS;
    if (this.#isStopped) return;
    const watcher = watch(this.#options.commonDir, {
      ignored: (path: string, stats?: Stats) => this.#isIgnored(path, stats),
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
    });
    this.#watcher = watcher;
    watcher.on('error', (error) => this.#fail(messageOf(error)));
    watcher.on('raw', (_event, path, details) => this.#wake(folderOf(details), path));
    watcher.on('addDir', () => this.#lookLater());
    await new Promise<void>((resolve) => {
      watcher.on('ready', resolve);
      watcher.on('error', () => resolve());
    });
    if (!this.#isStopped) await this.#lookAtAll();
  }

  /** Stops watching; nothing is reported after it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    await this.#watcher?.close();
    await this.#looking;
  }

  /** Only folders, and of those only the ones that git writes to when a ref moves. */
  #isIgnored(path: string, stats: Stats | undefined): boolean {
    if (stats !== undefined && !stats.isDirectory()) return true;
    const inside = relative(this.#options.commonDir, path);
    if (inside === '') return false;
    const [top, ...below] = inside.split(sep);
    if (top === 'refs') return !this.#hasRefs || below[0] === 'remotes';
    if (top === 'logs') return below.length > 0 && (!this.#hasRefs || (below[0] === 'refs' && below[1] === 'remotes'));
    if (top === 'worktrees') return below.length > 1;
    return top !== 'reftable';
  }

  /** chokidar's own events wait for a `stat` and swallow what comes within 5 ms; the raw ones are here at once. */
  #wake(folder: string, file: string | null): void {
    if (this.#isStopped || file === null || file.endsWith('.lock')) return;
    const path = relative(this.#options.commonDir, join(folder, file)).split(sep).join('/');
    const ref = path.startsWith('logs/') ? path.slice('logs/'.length) : path;
    if (ref.startsWith('refs/heads/')) this.#lookAtSoon(ref);
    else if (path === 'logs/HEAD' && !this.#hasRefs) this.#lookAtHead();
    else if (isHead(path) || /^(?:packed-refs$|refs\/|reftable\/|worktrees\/)/.test(path)) this.#lookLater();
  }

  #lookAtSoon(ref: string): void {
    this.#lookAt(ref);
    for (const ms of AGAIN_MS) this.#later(`${ref} ${ms}`, ms, () => this.#lookAt(ref));
  }

  /** Where `refs` is not watched, the log of HEAD tells that the branch it is on has moved. */
  #lookAtHead(): void {
    const branch = readBranch(this.#options.commonDir);
    if (branch === undefined) this.#lookLater();
    else this.#lookAtSoon(branch);
  }

  #lookLater(): void {
    for (const ms of AGAIN_MS) this.#later(`${ms}`, ms, () => this.#lookAtAll());
  }

  /** Once for all events until then. */
  #later(key: string, ms: number, look: () => unknown): void {
    if (this.#isStopped || this.#timers.has(key)) return;
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(key);
      look();
    });
    this.#timers.set(key, cancel);
  }

  #lookAt(ref: string): void {
    const now = readRefFileNow(this.#options.commonDir, ref);
    if (now === undefined) this.#lookLater();
    else this.#see(ref, now);
  }

  /** One after the other, so that an older look never overwrites what a newer one saw. */
  #lookAtAll(): Promise<void> {
    this.#looking = this.#looking.then(async () => {
      if (this.#isStopped) return;
      const before = new Map(this.#seen);
      const refs = await this.#options.readRefs().catch(() => undefined); // the poller tells what is wrong with it
      if (refs === undefined) return;
      for (const [ref, sha] of refs) if (before.get(ref) === this.#seen.get(ref)) this.#see(ref, sha);
      for (const ref of before.keys()) if (!refs.has(ref)) this.#see(ref, NO_COMMIT);
    });
    return this.#looking;
  }

  #see(ref: string, now: string): void {
    const before = this.#seen.get(ref) ?? NO_COMMIT;
    if (this.#isStopped || before === now) return;
    if (now === NO_COMMIT) this.#seen.delete(ref);
    else this.#seen.set(ref, now);
    if (now !== NO_COMMIT || !isHead(ref)) this.#options.onMove(ref, before, now); // a HEAD that is on a branch again is no deletion
  }

  #fail(why: string): void {
    if (this.#isStopped) return;
    void this.stop();
    this.#options.onFailed(why);
  }
}

/** chokidar does not type what it hands over with a raw event. */
function folderOf(details: unknown): string {
  return String((details as { watchedPath?: unknown } | undefined)?.watchedPath ?? '');
}

/** How many files there are below a folder; stops counting at `enough`. */
async function countFiles(folder: string, enough: number): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let count = 0;
  for (const entry of entries) {
    if (count >= enough) return count;
    if (!entry.isDirectory()) count++;
    else if (entry.name !== 'remotes') count += await countFiles(join(folder, entry.name), enough - count);
  }
  return count;
}
