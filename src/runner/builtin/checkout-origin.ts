import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type GitOptions, runGit } from '../../git/git.ts';
import { type Transport, transportOf } from '../../git/remote.ts';
import type { BuiltinContext } from './builtin.ts';

/** Where a checkout gets commits from. */
export interface Origin {
  readonly transport: Transport;
  /** Header with which it answers; undefined if it asks for none. */
  readonly header?: string;
}

/** Names of a remote: where its branches and tags are, and what HEAD is there. */
export interface RemoteRefs {
  /** Of each branch: its ref at the remote and its commit. */
  readonly branches: ReadonlyMap<string, RemoteRef>;
  readonly tags: ReadonlyMap<string, RemoteRef>;
  /** Name of the default branch. */
  readonly head: string | undefined;
}

interface RemoteRef {
  readonly ref: string;
  readonly sha: string;
}

const LS_REMOTE_MS = 60_000;

/** The repository of the job itself: its folder on this machine, or the dispatcher, with the ticket of the lease. */
export function ownOrigin({ order, urlOf }: BuiltinContext): Origin {
  // the repository's own folder comes last; the mirror before it may be some seconds behind
  const folder = order.git.objects.map(dirname).findLast((path) => existsSync(path));
  if (folder !== undefined) return { transport: transportOf(folder) };
  // the dispatcher's own port speaks http, wherever it is; runners trust it with everything anyway
  const transport = { config: [], options: [], where: urlOf(order.git.path), environment: { protocols: 'http:https' } };
  return { transport, header: basic('lease', order.git.ticket) };
}

/** The same, where the commit itself is: a mirror may not have it yet, and what was not committed is nowhere else. */
export async function originOfCommit(context: BuiltinContext): Promise<Origin> {
  const { git, sha } = context.order;
  for (const folder of git.objects.map(dirname).reverse()) {
    const has = runGit(['cat-file', '-e', `${sha}^{commit}`], { gitDir: folder });
    if (await has.then(() => true).catch(() => false)) return { transport: transportOf(folder) };
  }
  return ownOrigin(context);
}

/** Another repository of the server that actions come from too. @throws {BadSourceError} */
export function otherOrigin({ settings, inputs }: BuiltinContext, repository: string): Origin {
  const server = (inputs['github-server-url'] || settings.server).replace(/\/+$/, '');
  const transport = transportOf(`${server}/${repository}`);
  return inputs.token ? { transport, header: basic('x-access-token', inputs.token) } : { transport };
}

/** The environment of a git process that talks to it: by this, since arguments can be read by every user. */
export function originEnvironment({ header }: Origin): Record<string, string> {
  const base = { GIT_TERMINAL_PROMPT: '0', GIT_LFS_SKIP_SMUDGE: '1' };
  if (header === undefined) return base;
  return { ...base, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: header };
}

/** Asks for some of its refs: HEAD, and branches and tags that match a pattern (`*`: all). @throws {GitError} */
export async function refsOf(origin: Origin, pattern: string): Promise<RemoteRefs> {
  const { config, options, where, environment } = origin.transport;
  const names = ['heads', 'tags'].flatMap((kind) => [`refs/${kind}/${pattern}`, `refs/signalbox/*/${kind}/${pattern}`]);
  const settings: GitOptions = { ...environment, env: originEnvironment(origin), timeoutMs: LS_REMOTE_MS };
  const args = [...config, 'ls-remote', '--quiet', '--symref', ...options, '--', where, 'HEAD', ...names];
  return readRefs((await runGit(args, settings)).toString('utf8'));
}

/** A mirror keeps what its sources have under names of its own. */
const NAME = /^refs\/(?:signalbox\/[0-9a-f]{12}\/)?(heads|tags)\/(.+?)(?:\^\{\})?$/;

function readRefs(output: string): RemoteRefs {
  const [branches, tags] = [new Map<string, RemoteRef>(), new Map<string, RemoteRef>()];
  let head: string | undefined;
  for (const line of output.split('\n')) {
    const [left = '', ref = ''] = line.split('\t');
    if (ref === 'HEAD') head ??= /^ref: refs\/heads\/(.+)$/.exec(left)?.[1];
    const [, kind, name = ''] = NAME.exec(ref) ?? [];
    if (kind === 'heads') branches.set(name, { ref, sha: left });
    else if (kind === 'tags' && !ref.endsWith('^{}')) tags.set(name, { ref, sha: left });
  }
  return { branches, tags, head };
}

function basic(user: string, password: string): string {
  return `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
