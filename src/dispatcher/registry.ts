import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Config } from '../config/config.ts';
import type { GitAccess } from '../git/access.ts';
import { lsRemote, parseSource } from '../git/mirror.ts';
import { gitDirOf, readRefs } from '../git/refs.ts';
import { type Credential, tokenCredential } from '../model/credential.ts';
import type { Forgotten } from '../model/forgotten.ts';
import { isNoCommit } from '../model/push.ts';
import { RepositoryExistsError } from '../store/errors.ts';
import type { NewRepository, RepositoryRecord } from '../store/repositories.ts';
import type { Store } from '../store/store.ts';
import { type Clock, systemClock } from '../support/clock.ts';
import { checkName, comparableUrl, localName, remoteName } from './repository-name.ts';
import type { SourceAccess } from './source-access.ts';

/** What {@link Registry} needs. */
export interface RegistryOptions {
  readonly store: Store;
  readonly config: Pick<Config, 'repositories'>;
  readonly clock?: Clock;
  /** With what git is let in; default: nothing that was set has an effect. */
  readonly access?: Pick<SourceAccess, 'of' | 'with'>;
}

/** A repository to be watched. */
export interface AddRepository {
  /** A path (absolute), or a URL. */
  readonly source: string;
  /** `owner/name`; default: made from the source. */
  readonly name?: string | undefined;
  /** Of its webhook and hook; default: a new random one. */
  readonly secret?: string | undefined;
  /** With what git is let in there, from now on. */
  readonly credential?: Credential | undefined;
  /** Where a ref was before what is told of it now: that is new. */
  readonly before?: { readonly ref: string; readonly sha: string } | undefined;
}

/** Where a repository is, after it was looked at. */
interface Probed {
  readonly source: string;
  readonly gitDir: string | null;
  readonly name: string;
  readonly baseline: Readonly<Record<string, string>>;
  /** Is this source the same place? */
  readonly isSame: (known: RepositoryRecord) => boolean;
}

/** A name that is taken gets a number; after so many there is something else wrong. */
const MAX_SUFFIX = 1000;

/** The repositories that are watched. Works without a dispatcher too, for whoever owns the home. */
export class Registry {
  readonly #store: Store;
  readonly #config: RegistryOptions['config'];
  readonly #clock: Clock;
  readonly #access: RegistryOptions['access'];
  readonly #listeners = new Set<() => void>();
  #known: Promise<readonly RepositoryRecord[]> | undefined;
  /** The end of the last addition: two of the same repository at once are one. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ store, config, clock = systemClock, access }: RegistryOptions) {
    this.#access = access;
    this.#store = store;
    this.#config = config;
    this.#clock = clock;
  }

  /**
   * Watches a repository from now on: what its refs have is not new. The same place again, or another way to a
   * repository that is known by this name, gives the one that is there.
   * @throws {NotARepositoryError} @throws {BadSourceError} @throws {GitError} if a remote cannot be reached
   * @throws {RepositoryNameError} @throws {RepositoryExistsError} if the name is another's
   */
  async add(request: AddRepository): Promise<RepositoryRecord> {
    if (request.name !== undefined) checkName(request.name);
    const asked = withoutUser(request);
    const probed = await probe(asked.source, await this.#accessAt(asked));
    const adding = this.#last.then(() => this.#add(withBefore(probed, request.before), asked));
    this.#last = adding.catch(() => {});
    return adding;
  }

  /** Forgets a repository, by id or name, and its secrets; its runs stay. Undefined: there is none. */
  async remove(repository: number | string): Promise<Forgotten | undefined> {
    const known = (await this.list()).find(({ id, name }) => id === repository || name === repository);
    if (known === undefined) return undefined;
    const forgotten = await this.#store.removeRepository(known.id, this.#clock.now());
    this.#changed();
    return forgotten;
  }

  /** Forgets the token or key of a repository. False: there is none. */
  async removeCredential(id: number): Promise<boolean> {
    const isRemoved = await this.#store.credentials.remove(id);
    this.#changed();
    return isRemoved;
  }

  /** All that are watched. */
  list(): Promise<readonly RepositoryRecord[]> {
    this.#known ??= this.#load();
    return this.#known;
  }

  /** The repository of this id, also if another process added it meanwhile. */
  async get(id: number): Promise<RepositoryRecord | undefined> {
    const known = (await this.list()).find((repository) => repository.id === id);
    if (known !== undefined) return known;
    this.#known = undefined;
    return (await this.list()).find((repository) => repository.id === id);
  }

  /** Calls `listener` after each change; returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #load(): Promise<readonly RepositoryRecord[]> {
    try {
      return await this.#store.repositories();
    } catch (error) {
      this.#known = undefined;
      throw error;
    }
  }

  async #add(probed: Probed, request: AddRepository): Promise<RepositoryRecord> {
    const { name, secret, credential } = request;
    const added = await this.#addOrFind(probed, name, secret);
    if (credential !== undefined) {
      await this.#store.credentials.set(added.id, credential, this.#clock.now());
      this.#changed();
    }
    return added;
  }

  async #addOrFind(probed: Probed, name: string | undefined, secret: string | undefined): Promise<RepositoryRecord> {
    const known = await this.list();
    const same = known.find(probed.isSame);
    if (same !== undefined) return this.#renew(same, secret);
    const partner = known.find((each) => this.#isOtherWay(each, probed, name));
    if (partner !== undefined) return this.#join(partner, probed);
    const added = await this.#insert(probed, name, secret ?? randomBytes(32).toString('hex'));
    this.#changed();
    return added;
  }

  async #accessAt({ source, credential }: AddRepository): Promise<GitAccess | undefined> {
    return credential === undefined ? this.#access?.of(source) : this.#access?.with(credential);
  }

  /** Added again: only a secret that was brought along changes something. */
  async #renew(known: RepositoryRecord, secret: string | undefined): Promise<RepositoryRecord> {
    if (secret === undefined || secret === known.secret) return known;
    const renewed = await this.#store.updateRepository(known.id, { secret });
    this.#changed();
    return renewed;
  }

  /** The configuration says that this source is another way to a known repository. */
  #isOtherWay(known: RepositoryRecord, { source }: Probed, name: string | undefined): boolean {
    if (name !== undefined && name !== known.name) return false;
    return this.#config.repositories.get(known.name)?.sources?.includes(source) ?? false;
  }

  /** Maybe long after the first way was added: what its refs have now is not new either. */
  async #join(known: RepositoryRecord, { source, gitDir, ...probed }: Probed): Promise<RepositoryRecord> {
    const sources = gitDir === null ? [...known.sources, source] : [source, ...known.sources];
    const baseline = { ...known.baseline, ...probed.baseline };
    const change = { sources, gitDir: known.gitDir ?? gitDir, baseline };
    const joined = await this.#store.updateRepository(known.id, change);
    this.#changed();
    return joined;
  }

  async #insert(probed: Probed, name: string | undefined, secret: string): Promise<RepositoryRecord> {
    const { source, gitDir, baseline } = probed;
    const wanted = name ?? this.#configuredName(source) ?? probed.name;
    for (let suffix = 1; ; suffix++) {
      const repository = {
        name: suffix === 1 ? wanted : `${wanted}-${suffix}`,
        sources: [source],
        gitDir,
        secret,
        baseline,
      };
      const added = await this.#tryInsert(repository, name !== undefined || suffix >= MAX_SUFFIX);
      if (added !== undefined) return added;
    }
  }

  /** Undefined: the name is taken, and another one may be tried. */
  async #tryInsert(repository: NewRepository, isLastTry: boolean): Promise<RepositoryRecord | undefined> {
    try {
      return await this.#store.addRepository(repository, this.#clock.now());
    } catch (error) {
      if (isLastTry || !(error instanceof RepositoryExistsError)) throw error;
      return undefined;
    }
  }

  /** The name under which the configuration lists this source. */
  #configuredName(source: string): string | undefined {
    for (const [name, { sources }] of this.#config.repositories) if (sources?.includes(source)) return name;
    return undefined;
  }

  #changed(): void {
    this.#known = undefined;
    for (const listener of this.#listeners) listener();
  }
}

async function probe(source: string, access: GitAccess | undefined): Promise<Probed> {
  const parsed = parseSource(source);
  if (parsed.kind === 'local') return probeLocal(parsed.path);
  const baseline = await lsRemote(source, { access });
  const url = comparableUrl(parsed.url);
  const isSame = (known: RepositoryRecord) => known.sources.some((each) => comparableUrl(each) === url);
  return { source, gitDir: null, name: remoteName(parsed.url), baseline: Object.fromEntries(baseline), isSame };
}

/** User and password of a URL are kept as a credential, encrypted, and not in what is shown everywhere. */
function withoutUser(request: AddRepository): AddRepository {
  if (!URL.canParse(request.source)) return request;
  const url = new URL(request.source);
  if (!/^https?:$/.test(url.protocol) || url.password === '') return request;
  const [user, token] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  url.username = '';
  url.password = '';
  return {
    ...request,
    source: url.href,
    credential: request.credential ?? tokenCredential(`${user}:${token}`, url.href),
  };
}

function withBefore(probed: Probed, before: AddRepository['before']): Probed {
  if (before === undefined) return probed;
  const { [before.ref]: _, ...others } = probed.baseline;
  return { ...probed, baseline: isNoCommit(before.sha) ? others : { ...others, [before.ref]: before.sha } };
}

/** All work trees of a repository are one repository. */
async function probeLocal(path: string): Promise<Probed> {
  const { commonDir, workTree } = await gitDirOf(path);
  const gitDir = await realpath(commonDir);
  const baseline = await readRefs(gitDir);
  const root = basename(gitDir) === '.git' ? gitDir.slice(0, -'/.git'.length) : (workTree ?? gitDir);
  const isSame = (known: RepositoryRecord) => known.gitDir === gitDir;
  return { source: root, gitDir, name: localName(root), baseline: Object.fromEntries(baseline), isSame };
}
