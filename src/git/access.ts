import { CiError } from '../support/ci-error.ts';

/** With what git is let in at a remote. Never in arguments, an environment or a file: see {@link entryOf}. */
export type GitAccess =
  /** Over https; `user` is what the forge wants to see beside a token. */
  | { readonly kind: 'token'; readonly user: string; readonly token: string }
  /** Over ssh. `knownHosts`: file (absolute) where keys of hosts are written down when they are seen first. */
  | { readonly kind: 'ssh-key'; readonly key: string; readonly knownHosts: string };

/** With what git is let in at this source; undefined: as anybody, or as the machine's own ssh is. */
export type AccessOf = (source: string) => Promise<GitAccess | undefined>;

/** Nobody is let in with anything. */
export const NO_ACCESS: AccessOf = async () => undefined;

/** How a git process is started that is to be let in. */
export interface Entry {
  readonly command: string;
  /** In front of git's own arguments. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What it reads from file descriptor 3, a socket: nobody else can open it, and it is in no list of processes. */
  readonly secret: string;
}

/** The path of a file or a name cannot be handed to ssh. */
export class AccessRefusedError extends CiError {
  override readonly name = 'AccessRefusedError';
  readonly code = 'E_ACCESS';
}

/** Git asks its helper for `get` once per process; what it wants to `store` and `erase` is ours to keep. */
const HELPER = '!f() { if test "$1" = get; then cat <&3; fi; }; f';
/**
 * The agent ends with git (some seconds later where git is killed), and the key is on no disk. `exec 3<&-`: git itself does not
 * get what held it.
 */
const WITH_AGENT = [
  'ssh-add -q -t 3600 - <&3 >/dev/null ||',
  '{ echo "the ssh key cannot be used, perhaps because it has a passphrase" >&2; kill "$SSH_AGENT_PID"; exit 128; };',
  'exec 3<&-; git "$@"; status=$?; kill "$SSH_AGENT_PID"; exit $status',
].join(' ');

/** How git is started at `url` with `access`. @throws {AccessRefusedError} */
export function entryOf(access: GitAccess, url: string): Entry {
  return access.kind === 'token' ? tokenEntry(access, url) : keyEntry(access);
}

/** Only the host of the URL is told: one that it redirects to is another's. */
function tokenEntry({ user, token }: Extract<GitAccess, { kind: 'token' }>, url: string): Entry {
  if (/[\0\r\n]/.test(user + token)) throw new AccessRefusedError('an access token has one line');
  const { origin } = new URL(url);
  const secret = `username=${user}\npassword=${token}\n`;
  return { command: 'git', args: ['-c', `credential.${origin}.helper=${HELPER}`], env: {}, secret };
}

/** The machine's own keys and settings of ssh have no say where a repository has a key of its own. */
function keyEntry({ key, knownHosts }: Extract<GitAccess, { kind: 'ssh-key' }>): Entry {
  if (/["'\\%$\n\r]/.test(knownHosts))
    throw new AccessRefusedError(`${knownHosts} cannot be given to ssh: there is a quote, a % or a $ in it`);
  const options = ['BatchMode=yes', 'ConnectTimeout=15', 'StrictHostKeyChecking=accept-new', 'UpdateHostKeys=no'];
  const identity = ['IdentityFile=none', 'IdentityAgent=SSH_AUTH_SOCK', 'ForwardAgent=no', 'HashKnownHosts=no'];
  const files = `-o'UserKnownHostsFile="${knownHosts}"' -oGlobalKnownHostsFile=none`;
  const ssh = `ssh -F none ${[...options, ...identity].map((one) => `-o${one}`).join(' ')} ${files}`;
  const args = ['sh', '-c', WITH_AGENT, 'git'];
  return {
    command: 'ssh-agent',
    args,
    env: { GIT_SSH_COMMAND: ssh },
    secret: `${key.replace(/\r\n/g, '\n').trimEnd()}\n`,
  };
}
