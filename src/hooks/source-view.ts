import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccessOf } from '../git/access.ts';
import type { Mirrors } from '../git/mirror.ts';
import { mirrorRefs } from '../git/mirror-refs.ts';
import { ObjectReader } from '../git/object-reader.ts';
import { gitDirOf, RefsReader } from '../git/refs.ts';
import { isNoCommit } from '../model/push.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import { CommitCache } from './commit-cache.ts';
import { Fingerprint } from './fingerprint.ts';
import { readRefFile } from './ref-file.ts';
import { isHead } from './ref-name.ts';
import { remoteRefs } from './remote-refs.ts';
import type { ObservedSource, SourceKind } from './source-kind.ts';

/** A source cannot be looked at now; it may come back. */
export class SourceUnavailableError extends CiError {
  override readonly name = 'SourceUnavailableError';
  readonly code = 'E_SOURCE_UNAVAILABLE';
  constructor(location: string, cause: unknown) {
    super(
      `${location} cannot be read (${messageOf(cause)}); it is looked at again and again, and goes on when it is back`,
      { cause },
    );
  }
}

/** Where the objects of a source are read from. */
export interface Objects {
  readonly gitDir: string;
  readonly reader: CommitCache;
}

/** What git knows of one source of a repository. All methods throw {@link SourceUnavailableError} if it is gone. */
export interface SourceView {
  readonly kind: SourceKind;
  readonly location: string;
  /** All refs, as the source has them now. */
  refs(): Promise<ReadonlyMap<string, string>>;
  /** Where a ref is; undefined if there is none. Cheap. */
  current(ref: string): Promise<string | undefined>;
  /** Could refs have moved since the last call? Cheap; of a folder never wrongly false, of a remote as right as its forge. */
  hasChanged(): Promise<boolean>;
  /** Makes these commits readable if the source has them; does nothing where they can be read in place. */
  bring(shas: readonly string[]): Promise<void>;
  objects(): Promise<Objects>;
  /** Begins to read a commit that will be asked for in a moment; where that costs nothing. */
  prefetch(sha: string): void;
  close(): Promise<void>;
}

/** Makes the view of a source. */
export function viewOf(source: ObservedSource, repository: number, ways: RemoteWays): SourceView {
  return source.kind === 'local' ? new LocalView(source.location) : new RemoteView(source.location, repository, ways);
}

/** How a repository behind a URL is reached. */
interface RemoteWays {
  readonly mirrors: Mirrors;
  readonly accessOf: AccessOf;
  /** Could its refs have moved since the last call, as its forge knows? True where it cannot be asked. */
  readonly hasNews: () => Promise<boolean>;
}

interface Opened extends Objects {
  readonly inode: number;
  readonly refs: RefsReader;
  readonly fingerprint: Fingerprint;
}

/** A folder on this machine: everything is read in place, and nothing is written. */
export class LocalView implements SourceView {
  readonly kind = 'local';
  readonly location: string;
  /** Counts how often it was found anew: a folder that was replaced has to be watched anew. */
  generation = 0;
  #opened: Promise<Opened> | undefined;

  constructor(location: string) {
    this.location = location;
  }

  /** Git folder that all work trees share. */
  async commonDir(): Promise<string> {
    return (await this.#open()).gitDir;
  }

  async refs(): Promise<ReadonlyMap<string, string>> {
    const { refs } = await this.#open();
    return refs.read().catch((error: unknown) => this.#lose(error));
  }

  async current(ref: string): Promise<string | undefined> {
    const { gitDir } = await this.#open();
    const sha = isHead(ref) ? undefined : await readRefFile(gitDir, ref);
    return sha ?? (await this.refs()).get(ref);
  }

  async hasChanged(): Promise<boolean> {
    const { fingerprint, gitDir, inode } = await this.#open();
    const found = await stat(gitDir).catch(() => undefined);
    if (found?.ino === inode) return fingerprint.hasChanged();
    return this.#lose(new Error(found === undefined ? 'there is no such folder' : 'it is being replaced'));
  }

  async bring(): Promise<void> {}

  objects(): Promise<Objects> {
    return this.#open();
  }

  prefetch(sha: string): void {
    if (isNoCommit(sha)) return;
    void this.#open()
      .then(({ reader }) => reader.commit(sha))
      .catch(() => {}); // whoever needs it sees what is wrong
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.reader.close();
  }

  #open(): Promise<Opened> {
    this.#opened ??= this.#find().catch((error: unknown) => {
      this.#opened = undefined;
      throw new SourceUnavailableError(this.location, error);
    });
    return this.#opened;
  }

  async #find(): Promise<Opened> {
    const gitDir = ordinaryGitDir(this.location) ?? (await gitDirOf(this.location)).commonDir;
    const reader = new CommitCache(new ObjectReader({ gitDir }));
    const { ino: inode } = await stat(gitDir);
    this.generation++;
    return { gitDir, inode, reader, refs: new RefsReader(gitDir), fingerprint: new Fingerprint(gitDir) };
  }

  /** The next look begins from nothing: the folder may come back as another repository. */
  async #lose(error: unknown): Promise<never> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.then(({ reader }) => reader.close()).catch(() => {});
    throw new SourceUnavailableError(this.location, error);
  }
}

/** What nearly every repository has, found without the five processes that git needs for all other kinds. */
function ordinaryGitDir(path: string): string | undefined {
  const gitDir = join(path, '.git');
  const parts = ['HEAD', 'objects', 'refs'].every((name) => existsSync(join(gitDir, name)));
  return parts && !existsSync(join(gitDir, 'commondir')) ? gitDir : undefined;
}

/** A repository behind a URL: asked by `ls-remote` when its forge does not say that nothing moved, fetched into the mirror when there is something new. */
class RemoteView implements SourceView {
  readonly kind = 'remote';
  readonly location: string;
  readonly #repository: number;
  readonly #mirrors: Mirrors;
  readonly #accessOf: AccessOf;
  readonly #hasNews: () => Promise<boolean>;
  readonly #objects: Objects;

  constructor(location: string, repository: number, { mirrors, accessOf, hasNews }: RemoteWays) {
    this.#accessOf = accessOf;
    this.#hasNews = hasNews;
    this.location = location;
    this.#repository = repository;
    this.#mirrors = mirrors;
    const gitDir = mirrors.pathOf(repository);
    this.#objects = { gitDir, reader: new CommitCache(new ObjectReader({ gitDir })) };
  }

  async refs(): Promise<ReadonlyMap<string, string>> {
    return this.#accessOf(this.location)
      .then((access) => remoteRefs(this.location, access))
      .catch((error: unknown) => this.#lose(error));
  }

  /** As of the last fetch; {@link bring} makes it true. */
  async current(ref: string): Promise<string | undefined> {
    await this.#make();
    const refs = await mirrorRefs(this.#objects.gitDir, this.location).catch((error: unknown) => this.#lose(error));
    return refs.get(ref);
  }

  hasChanged(): Promise<boolean> {
    return this.#hasNews();
  }

  async bring(shas: readonly string[]): Promise<void> {
    await this.#mirrors.fetch(this.#repository, this.location).catch((error: unknown) => this.#lose(error));
    for (const sha of shas) await this.#bringOne(sha);
  }

  /** Commits that no ref has any more; not every server hands them out. Once here, git keeps them for two weeks. */
  async #bringOne(sha: string): Promise<void> {
    const isHere = await this.#objects.reader.commit(sha).then(
      () => true,
      () => false,
    );
    if (isHere) return;
    const asked = await this.#mirrors.fetch(this.#repository, this.location, { keep: [sha] }).catch(() => 'refused');
    if (asked !== 'refused') await this.#mirrors.release(this.#repository, [sha]);
  }

  async objects(): Promise<Objects> {
    await this.#make();
    return this.#objects;
  }

  prefetch(): void {}

  close(): Promise<void> {
    return this.#objects.reader.close();
  }

  async #make(): Promise<void> {
    if (!existsSync(this.#objects.gitDir)) await this.bring([]);
  }

  #lose(error: unknown): never {
    throw new SourceUnavailableError(this.location, error);
  }
}
