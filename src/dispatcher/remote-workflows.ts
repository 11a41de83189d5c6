import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GitError, runGit } from '../git/git.ts';
import { whyNotFetched } from '../git/not-fetched.ts';
import { ObjectReader } from '../git/object-reader.ts';
import { isNotThere, transportOf } from '../git/remote.ts';
import type { TreeReader } from '../model/plan.ts';
import { SHA_PATTERN } from '../model/push.ts';
import type { ActionSettings } from '../model/workflow.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import { isAllowed } from '../workflow/allowed-actions.ts';
import type { WorkflowLoader } from '../workflow/load-workflow.ts';
import { Bounded } from './bounded.ts';
import type { Commits } from './commits.ts';
import type { RepositoryRefs } from './repository-refs.ts';

/** What {@link RemoteWorkflows} needs. */
export interface RemoteWorkflowsOptions {
  /** Where repositories that are not watched are fetched to. */
  readonly folder: string;
  readonly settings: ActionSettings;
  readonly clock: Clock;
  /** Repositories that are watched; absent: there are none. */
  readonly watched?: WatchedRepositories;
}

/** Where a watched repository is read. */
export interface WatchedRepositories {
  readonly commits: Commits;
  readonly refs: RepositoryRefs;
  /** By its full name. */
  readonly repository: (name: string) => Promise<RepositoryRecord | undefined>;
}

/** How long a branch or a tag is taken for where it was, in milliseconds: a push of many commits asks for it again and again. */
const REF_MS = 60_000;
const ASK_MS = 30_000;
const FETCH_MS = 120_000;
const MAX_KEPT = 200;

type Loaded = Awaited<ReturnType<WorkflowLoader>>;

interface Called {
  readonly owner: string;
  readonly repository: string;
  readonly path: string;
  readonly ref: string;
}

/**
 * Loads reusable workflows of other repositories: from a repository that is watched, or fetched by git from the server that
 * actions come from, by the same rules (`actions.allow`, `actions.pinned`).
 */
export class RemoteWorkflows {
  readonly #options: RemoteWorkflowsOptions;
  readonly #shas = new Bounded<string, { readonly sha: Promise<string>; readonly untilMs: number }>(MAX_KEPT);
  /** By the commit, so that they never change. */
  readonly #texts = new Bounded<string, Loaded>(MAX_KEPT);
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: RemoteWorkflowsOptions) {
    this.#options = options;
  }

  /** What `owner/repository/.github/workflows/file.yml@ref` holds, or why it cannot be had, in words. */
  async load(uses: string): Promise<Loaded> {
    const [, owner = '', repository = '', path = '', ref = ''] =
      /^([^/@\s]+)\/([^/@\s]+)\/([^@\s]+)@(\S+)$/.exec(uses) ?? [];
    if (ref === '') return { error: `${uses} names no workflow of another repository` };
    const called = { owner, repository, path, ref };
    try {
      const { watched } = this.#options;
      const record = await watched?.repository(`${owner}/${repository}`);
      return watched === undefined || record === undefined
        ? await this.#fromServer(uses, called)
        : await fromWatched(watched, record, uses, called);
    } catch (error) {
      if (!(error instanceof CiError)) throw error;
      const url = `${this.#options.settings.server}/${owner}/${repository}`;
      return {
        error: error instanceof GitError ? `it cannot be fetched from ${whyNotFetched(url, error)}` : messageOf(error),
      };
    }
  }

  async #fromServer(uses: string, called: Called): Promise<Loaded> {
    const { settings } = this.#options;
    if (!isAllowed(called, settings.allow))
      return { error: `signalbox.yml does not allow it (actions.allow: ${settings.allow.join(', ')})` };
    if (settings.pinned && !SHA_PATTERN.test(called.ref))
      return {
        error: 'it is not pinned, and signalbox.yml asks for it (actions.pinned); put the full commit id after the @',
      };
    const url = `${settings.server}/${called.owner}/${called.repository}`;
    const sha = await this.#commitOf(url, called.ref);
    if (sha === '') return { error: `${url} has no branch and no tag ${called.ref}` };
    const key = `${sha} ${uses}`;
    const known = this.#texts.get(key);
    if (known !== undefined) return known;
    const loaded = await this.#inTurn(url, () => this.#fetch(url, sha, uses, called.path));
    if ('text' in loaded) this.#texts.set(key, loaded);
    return loaded;
  }

  /** Where a ref is, tags before branches; empty if there is none. */
  #commitOf(url: string, ref: string): Promise<string> {
    if (SHA_PATTERN.test(ref)) return Promise.resolve(ref);
    const nowMs = this.#options.clock.monotonicMs();
    const key = `${url} ${ref}`;
    const known = this.#shas.get(key);
    if (known !== undefined && known.untilMs > nowMs) return known.sha;
    const sha = askForRef(url, ref);
    this.#shas.set(key, { sha, untilMs: nowMs + REF_MS });
    sha.catch(() => this.#shas.delete(key));
    return sha;
  }

  async #fetch(url: string, sha: string, uses: string, path: string): Promise<Loaded> {
    const { folder } = this.#options;
    const gitDir = join(folder, `${createHash('sha256').update(url).digest('hex').slice(0, 16)}.git`);
    if (!existsSync(join(gitDir, 'HEAD'))) await make(gitDir, sha);
    await using reader = new ObjectReader({ gitDir });
    const isHere = await reader.object(sha, 0);
    if (isHere === undefined) await fetchOne(url, sha, gitDir);
    const { tree } = await reader.commit(sha);
    return await textAt(reader.treeReader(tree), uses, path);
  }

  /** One after the other for each repository: several files of one push often call the same. */
  #inTurn<T>(url: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(url) ?? Promise.resolve()).then(act, act);
    this.#turns.set(url, turn);
    const forget = () => this.#turns.get(url) === turn && this.#turns.delete(url);
    turn.then(forget, forget);
    return turn;
  }
}

async function fromWatched(
  { commits, refs }: WatchedRepositories,
  repository: RepositoryRecord,
  uses: string,
  { path, ref }: Called,
): Promise<Loaded> {
  const sha = SHA_PATTERN.test(ref) ? ref : (await refs.find(repository, ref))?.sha;
  if (sha === undefined) return { error: `${repository.name} has no branch and no tag ${ref}` };
  const { reader, commit } = await commits.need(repository, sha);
  return textAt(reader.treeReader(commit.tree), uses, path);
}

async function textAt(tree: TreeReader, uses: string, path: string): Promise<Loaded> {
  const text = await tree.read(path);
  return text === undefined ? { error: `there is no file ${path} at that version` } : { path: uses, text };
}

async function askForRef(url: string, ref: string): Promise<string> {
  const { config, options, where, environment } = transportOf(url);
  const names = ref.startsWith('refs/') ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`];
  const patterns = names.flatMap((name) => [name, `${name}^{}`]);
  const args = [...config, 'ls-remote', '--quiet', ...options, '--', where, ...patterns];
  const output = await runGit(args, { ...environment, timeoutMs: ASK_MS });
  const lines = output.toString('utf8').split('\n').filter(Boolean);
  const found = new Map(lines.map((line) => line.split('\t')).map(([sha = '', name = '']) => [name, sha]));
  for (const name of names) {
    const sha = found.get(`${name}^{}`) ?? found.get(name);
    if (sha !== undefined) return sha;
  }
  return '';
}

async function make(gitDir: string, sha: string): Promise<void> {
  await mkdir(dirname(gitDir), { recursive: true, mode: 0o700 });
  const format = sha.length === 64 ? 'sha256' : 'sha1';
  await runGit(['init', '--quiet', '--bare', '--template=', `--object-format=${format}`, gitDir]);
}

async function fetchOne(url: string, sha: string, gitDir: string): Promise<void> {
  const { config, options, where, environment } = transportOf(url);
  const flags = ['--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--update-shallow', ...options];
  const args = [...config, 'fetch', ...flags, '--', where, `+${sha}:refs/signalbox/${sha}`];
  try {
    await runGit(args, { ...environment, gitDir, timeoutMs: FETCH_MS });
  } catch (error) {
    // what is not there is told by whoever looks for it
    if (!isNotThere(error)) throw error;
  }
}
