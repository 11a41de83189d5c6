import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { SHA_PATTERN } from '../model/push.ts';
import { backoffMs } from '../support/backoff.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';
import { type AccessOf, NO_ACCESS } from './access.ts';
import { sizeOf } from './disk.ts';
import { CommitNotFoundError, GitError, runGit } from './git.ts';
import { isContended, removeStaleLocks } from './locks.ts';
import { mirrorRefSpace } from './mirror-refs.ts';
import { isNotThere, lsRemote, transportOf } from './remote.ts';
import { withoutPassword } from './source.ts';

export { assertDiskRoom, DiskLowError } from './disk.ts';
export { lsRemote } from './remote.ts';
export { BadSourceError, parseSource } from './source.ts';

/** What a fetch brings beside the branches and tags of its source. */
export interface FetchOptions {
  /** Commits that are kept even if no ref has them any more, until {@link Mirrors.release}. */
  readonly keep?: readonly string[];
}

/** A repository as far as its objects go. */
export interface ObjectOwner {
  readonly id: number;
  /** Git folder of its first local source; null if it has none. */
  readonly gitDir: string | null;
}

const FETCH_MS = 15 * 60_000;
const GC_MS = 30 * 60_000;
const MAX_TRIES = 5;
/** After so many fetches loose objects are packed, if there are enough of them for git to bother. */
const FETCHES_BETWEEN_GC = 100;

/**
 * One bare mirror per repository under `<home>/mirrors`. Branches and tags of each source are kept under
 * `refs/signalbox/<source>/`, commits that somebody waits for under `refs/signalbox/keep/<sha>`. Fetches of one mirror
 * happen one after the other; those that are asked for while one runs are made together, once, when it has ended.
 */
export class Mirrors {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #accessOf: AccessOf;
  readonly #waiting = new Map<string, Promise<void>>();
  readonly #last = new Map<number, Promise<unknown>>();
  readonly #fetches = new Map<number, number>();

  constructor(options: { home: string; logger: Logger; accessOf?: AccessOf | undefined }) {
    this.#folder = join(options.home, 'mirrors');
    this.#accessOf = options.accessOf ?? NO_ACCESS;
    this.#logger = options.logger;
  }

  /** The mirror's folder, whether it exists or not. */
  pathOf(repositoryId: number): string {
    return join(this.#folder, `${repositoryId}.git`);
  }

  /** Object folders of a repository that exist: of its mirror, of its local source. */
  objectsOf(repository: ObjectOwner): string[] {
    const own = repository.gitDir === null ? [] : [join(repository.gitDir, 'objects')];
    return [join(this.pathOf(repository.id), 'objects'), ...own].filter((folder) => existsSync(folder));
  }

  /**
   * Brings the branches and tags of `source`, and keeps the commits in `keep`; what was there before this call began is
   * there when it ends.
   * @throws {GitError} if the source cannot be reached. @throws {BadSourceError}
   * @throws {CommitNotFoundError} if neither the mirror nor the source has one of `keep`.
   */
  async fetch(repositoryId: number, source: string, options: FetchOptions = {}): Promise<void> {
    const key = `${repositoryId} ${source}`;
    const waiting = this.#waiting.get(key) ?? this.#inTurn(repositoryId, () => this.#begin(repositoryId, source, key));
    this.#waiting.set(key, waiting);
    await waiting;
    const keep = (options.keep ?? []).filter((sha) => SHA_PATTERN.test(sha));
    if (keep.length > 0) await this.#inTurn(repositoryId, () => this.#keep(repositoryId, source, keep));
  }

  /**
   * Brings one ref that is neither a branch nor a tag, such as `refs/pull/7/merge`. @returns the commit that it is at;
   * undefined if the source has no such ref. @throws {GitError} if the source cannot be reached. @throws {BadSourceError}
   */
  async fetchRef(repositoryId: number, source: string, ref: string): Promise<string | undefined> {
    const gitDir = this.pathOf(repositoryId);
    const own = `${mirrorRefSpace(source)}-other/${ref.replace(/^refs\//, '')}`;
    return this.#inTurn(repositoryId, async () => {
      try {
        await this.#make(repositoryId, source);
        await this.#run(repositoryId, source, [`+${ref}:${own}`]);
      } catch (error) {
        if (isNotThere(error)) return undefined;
        throw error;
      }
      return String(await runGit(['rev-parse', '--verify', `${own}^{commit}`], { gitDir })).trim();
    });
  }

  /** Lets go of commits that were kept; git forgets them some weeks after nothing else has them. */
  async release(repositoryId: number, shas: readonly string[]): Promise<void> {
    const gitDir = this.pathOf(repositoryId);
    const input = shas.filter((sha) => SHA_PATTERN.test(sha)).map((sha) => `delete refs/signalbox/keep/${sha}\n`);
    if (input.length === 0 || !existsSync(gitDir)) return;
    await this.#inTurn(repositoryId, () => runGit(['update-ref', '--stdin'], { gitDir, input: input.join('') }));
  }

  /**
   * Removes the least recently fetched mirrors until all take less than `limitBytes`; those in `inUse`, and those that
   * keep commits that somebody waits for, stay. Gives the ids that went.
   */
  async evict(limitBytes: number, inUse: ReadonlySet<number> = new Set()): Promise<number[]> {
    const mirrors = await this.#mirrors();
    let bytes = mirrors.reduce((sum, mirror) => sum + mirror.bytes, 0);
    const gone: number[] = [];
    for (const mirror of mirrors.sort((a, b) => a.usedMs - b.usedMs)) {
      if (bytes <= limitBytes) break;
      if (inUse.has(mirror.id) || this.#last.has(mirror.id) || (await this.#keepsAny(mirror.id))) continue;
      await this.#inTurn(mirror.id, () => this.#remove(mirror.id));
      bytes -= mirror.bytes;
      gone.push(mirror.id);
    }
    return gone;
  }

  /** Removes the mirror of a repository that is not watched any more. */
  async remove(repositoryId: number): Promise<void> {
    await this.#inTurn(repositoryId, () => this.#remove(repositoryId));
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values());
  }

  #inTurn<T>(id: number, act: () => Promise<T>): Promise<T> {
    const before = this.#last.get(id) ?? Promise.resolve();
    const turn = before.then(act, act);
    const forget = () => {
      if (this.#last.get(id) === turn) this.#last.delete(id);
    };
    this.#last.set(id, turn);
    turn.then(forget, forget);
    return turn;
  }

  /** From here on another call needs a fetch of its own: this one may have read the refs before. */
  #begin(id: number, source: string, key: string): Promise<void> {
    this.#waiting.delete(key);
    return this.#fetchNow(id, source);
  }

  async #fetchNow(id: number, source: string): Promise<void> {
    const own = mirrorRefSpace(source);
    const specs = [`+refs/heads/*:${own}/heads/*`, `+refs/tags/*:${own}/tags/*`];
    for (let tries = 0; ; tries++) {
      try {
        await this.#make(id, source);
        await this.#run(id, source, specs);
        break;
      } catch (error) {
        if (!(error instanceof GitError) || tries === MAX_TRIES) throw error;
        await this.#mend(id, source, error, tries);
      }
    }
    const now = new Date();
    await utimes(this.pathOf(id), now, now);
    this.#countForUpkeep(id);
  }

  /**
   * Makes another try worth while, or throws `error`: another process of this home fetches into the same mirror, a git
   * that was killed has left its locks, or the mirror is damaged. To look for damage is slow, so it is done only if the
   * source can be reached.
   */
  async #mend(id: number, source: string, error: GitError, tries: number): Promise<void> {
    if (isContended(error)) {
      await removeStaleLocks(this.pathOf(id));
      await setTimeout(backoffMs(tries, { firstMs: 50, maxMs: 1000 }));
      return;
    }
    const isReachable = await lsRemote(source, { access: await this.#accessOf(source) }).then(
      () => true,
      () => false,
    );
    if (!isReachable || !(await this.#isBroken(id))) throw error;
    this.#logger.warn({ mirror: this.pathOf(id), error: error.message }, 'the mirror is damaged and is made anew');
    await this.#remove(id);
  }

  async #keep(id: number, source: string, shas: readonly string[]): Promise<void> {
    for (const sha of shas) {
      const ref = `refs/signalbox/keep/${sha}`;
      try {
        await runGit(['update-ref', ref, `${sha}^{commit}`], { gitDir: this.pathOf(id) });
      } catch (error) {
        if (!(error instanceof GitError)) throw error;
        await this.#run(id, source, [`+${sha}:${ref}`]).catch((cause) => {
          if (!isNotThere(cause)) throw cause;
          throw new CommitNotFoundError(sha, withoutPassword(source), { cause });
        });
      }
    }
  }

  async #run(id: number, source: string, specs: readonly string[]): Promise<void> {
    const { config, options, where, environment } = transportOf(source, await this.#accessOf(source));
    const flags = ['--quiet', '--no-tags', '--force', '--no-write-fetch-head', '--no-recurse-submodules'];
    const prune = specs.some((spec) => spec.includes('*')) ? ['--prune'] : [];
    await runGit([...config, 'fetch', ...flags, ...prune, ...options, '--', where, ...specs], {
      ...environment,
      gitDir: this.pathOf(id),
      timeoutMs: FETCH_MS,
    });
  }

  async #make(id: number, source: string): Promise<void> {
    const gitDir = this.pathOf(id);
    if (existsSync(join(gitDir, 'HEAD'))) return;
    const [sha = ''] = (await lsRemote(source, { access: await this.#accessOf(source) })).values();
    await mkdir(this.#folder, { recursive: true });
    const format = sha.length === 64 ? 'sha256' : 'sha1';
    // aside first: another process of this home would take half of one for a damaged one
    const aside = `${gitDir}.new-${process.pid}-${randomUUID()}`;
    await runGit(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, aside]);
    await rename(aside, gitDir).catch(async (error: unknown) => {
      await rm(aside, { recursive: true, force: true });
      if (!existsSync(join(gitDir, 'HEAD'))) throw error; // else somebody was faster
    });
  }

  /** Is it the mirror that is at fault, and not the source? */
  async #isBroken(id: number): Promise<boolean> {
    return runGit(['rev-list', '--all', '--objects', '--quiet'], { gitDir: this.pathOf(id), timeoutMs: FETCH_MS }).then(
      () => false,
      () => true,
    );
  }

  #countForUpkeep(id: number): void {
    const fetches = (this.#fetches.get(id) ?? 0) + 1;
    this.#fetches.set(id, fetches % FETCHES_BETWEEN_GC);
    if (fetches < FETCHES_BETWEEN_GC) return;
    const args = ['-c', 'gc.auto=2000', '-c', 'gc.autoDetach=false', 'gc', '--auto', '--quiet'];
    this.#inTurn(id, () => runGit(args, { gitDir: this.pathOf(id), timeoutMs: GC_MS })).catch((error: unknown) => {
      this.#logger.warn({ mirror: this.pathOf(id), error: messageOf(error) }, 'packing the mirror failed');
    });
  }

  /** Moved away first, so that nobody finds half of it. */
  async #remove(id: number): Promise<void> {
    const gone = `${this.pathOf(id)}.gone-${process.pid}-${Date.now()}`;
    await rename(this.pathOf(id), gone).catch(() => {});
    await rm(gone, { recursive: true, force: true });
  }

  async #keepsAny(id: number): Promise<boolean> {
    const args = ['for-each-ref', '--count=1', 'refs/signalbox/keep'];
    return runGit(args, { gitDir: this.pathOf(id) }).then(
      (output) => output.length > 0,
      () => false,
    );
  }

  async #mirrors(): Promise<{ id: number; bytes: number; usedMs: number }[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const ids = names.flatMap((name) => /^(\d+)\.git$/.exec(name)?.[1] ?? []).map(Number);
    return Promise.all(
      ids.map(async (id) => {
        const found = await stat(this.pathOf(id));
        return { id, bytes: await sizeOf(this.pathOf(id)), usedMs: found.mtimeMs };
      }),
    );
  }
}
