import { simpleGit } from 'simple-git';
import type { GitAccess } from '../git/access.ts';
import { gitEnvironment } from '../git/git-env.ts';
import { remoteError } from '../git/git-error.ts';
import { lsRemote } from '../git/mirror.ts';
import { parseSource } from '../git/source.ts';
import { isNoCommit, SHA_PATTERN } from '../model/push.ts';
import { messageOf } from '../support/ci-error.ts';

/** A remote that says nothing for this long is given up, in milliseconds. */
const SILENCE_MS = 60_000;

/** simple-git refuses these in an environment, whoever set them; we set them ourselves, to harmless values. */
const OURS = {
  allowUnsafeAskPass: true,
  allowUnsafeConfigPaths: true,
  allowUnsafeSshCommand: true,
};
/** What it refuses too, and `ls-remote` has no use for. */
const UNNEEDED = /EDITOR|VISUAL|PAGER/;

/**
 * Branches and tags of a remote, as commits, by `git ls-remote`: nothing is fetched.
 * @throws {BadSourceError} if it is no URL that git may be given; whatever git says if it cannot be reached.
 */
export async function remoteRefs(url: string, access?: GitAccess): Promise<Map<string, string>> {
  const source = parseSource(url);
  // `file://` needs an option that simple-git refuses for good reasons; who is let in by a secret, a way to hand it over
  if (source.kind === 'local' || access !== undefined) return lsRemote(url, { access });
  const env = Object.entries(gitEnvironment({ protocols: source.protocols })).filter(([name]) => !UNNEEDED.test(name));
  const allowEnvironment = env.map(([name]) => name);
  const git = simpleGit({ timeout: { block: SILENCE_MS }, allowEnvironment, unsafe: OURS }).env(
    Object.fromEntries(env),
  );
  const args = ['ls-remote', '--quiet', '--', source.url, 'refs/heads/*', 'refs/tags/*'];
  try {
    return refsOf(await git.raw(args));
  } catch (cause) {
    throw remoteError({ args, where: '/', status: 128, detail: messageOf(cause).trim() });
  }
}

/** `<sha>\t<ref>`; of an annotated tag the commit comes second, as `<ref>^{}`. */
function refsOf(output: string): Map<string, string> {
  const refs = new Map<string, string>();
  for (const line of output.split('\n')) {
    const [sha = '', name = ''] = line.split('\t');
    if (SHA_PATTERN.test(sha) && !isNoCommit(sha)) refs.set(name.replace(/\^\{\}$/, ''), sha);
  }
  return refs;
}
