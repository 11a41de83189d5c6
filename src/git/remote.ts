import { isNoCommit, SHA_PATTERN } from '../model/push.ts';
import type { GitAccess } from './access.ts';
import { GitError, type GitOptions, runGit } from './git.ts';
import { parseSource, type Source } from './source.ts';

/** How long asking a remote for its refs may take, in milliseconds. */
const LS_REMOTE_MS = 60_000;
/** Transfers slower than 1 kB/s for a minute are given up. */
const SLOW = ['-c', 'http.lowSpeedLimit=1000', '-c', 'http.lowSpeedTime=60', '-c', 'protocol.version=2'];

/** What git has to be told to talk to a source: arguments before the command, those after it, and where. */
export interface Transport {
  readonly config: readonly string[];
  readonly options: readonly string[];
  readonly where: string;
  readonly environment: Pick<GitOptions, 'protocols' | 'access'>;
}

/**
 * `access`: with what git is let in there, if its kind fits the protocol.
 * @throws {BadSourceError} if the source is nothing that git may be given.
 */
export function transportOf(source: string | Source, access?: GitAccess): Transport {
  const parsed = typeof source === 'string' ? parseSource(source) : source;
  if (parsed.kind === 'remote') {
    const { url, protocols } = parsed;
    const isFitting = access !== undefined && (access.kind === 'ssh-key') === (protocols === 'ssh');
    const environment = { protocols, ...(isFitting ? { access: { with: access, url } } : {}) };
    return { config: SLOW, options: [], where: url, environment };
  }
  // git drops our settings when it starts the other side on this machine, which then refuses a folder of another user
  const uploadPack = "--upload-pack=git -c safe.directory='*' upload-pack";
  return { config: SLOW, options: [uploadPack], where: parsed.path, environment: { protocols: 'file' } };
}

/**
 * Asks a source for its branches and tags, as commits; names as {@link readRefs} gives them.
 * @throws {GitError} if it cannot be reached. @throws {BadSourceError}
 */
export async function lsRemote(
  source: string,
  options: { readonly timeoutMs?: number; readonly access?: GitAccess | undefined } = {},
): Promise<Map<string, string>> {
  const { config, options: flags, where, environment } = transportOf(source, options.access);
  const args = [...config, 'ls-remote', '--quiet', ...flags, '--', where, 'refs/heads/*', 'refs/tags/*'];
  const output = await runGit(args, { ...environment, timeoutMs: options.timeoutMs ?? LS_REMOTE_MS });
  const refs = new Map<string, string>();
  for (const line of output.toString('utf8').split('\n')) {
    const [sha = '', name = ''] = [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)];
    if (SHA_PATTERN.test(sha) && !isNoCommit(sha)) refs.set(name.replace(/\^\{\}$/, ''), sha); // the peeled one comes second
  }
  return refs;
}

/** Did the source say that it has no such commit? */
export function isNotThere(error: unknown): boolean {
  return error instanceof GitError && /not our ref|no such remote ref|couldn't find remote ref/i.test(error.detail);
}
