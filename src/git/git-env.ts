/** What every git process is told before its own arguments: no hooks, no fsmonitor, no upkeep in the hot path. */
export const HARDENED_ARGS: readonly string[] = [
  ...['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'safe.directory=*', 'gc.auto=0', 'maintenance.auto=false'],
  ...['core.askPass=', 'credential.helper=', 'core.pager=cat', 'advice.detachedHead=false'],
].flatMap((setting) => ['-c', setting]);

/** What the environment of a git process may say beyond the machine's own. */
export interface GitEnvironment {
  readonly gitDir?: string;
  /** Object folders to read from beside the repository's own. */
  readonly objects?: readonly string[];
  /** Schemes it may speak (`https:ssh:file`). Default: none, so that a partial clone cannot fetch behind our back. */
  readonly protocols?: string;
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Reads the person's and the machine's own configuration, as their git does, and trusts no more folders than it does.
   * For questions that start nothing (`config`, `rev-parse`). Default: false.
   */
  readonly asUser?: boolean;
}

/**
 * The environment of a git process: that of the machine (PATH, HOME, proxies, the ssh agent) without any `GIT_*`,
 * which a hook that started us would have left there, and without the machine's git configuration.
 */
export function gitEnvironment(options: GitEnvironment = {}): Record<string, string> {
  if (options.asUser) return { ...userEnvironment(), ...options.env };
  const machine = Object.entries(process.env).filter((entry): entry is [string, string] => isPassed(...entry));
  return {
    ...Object.fromEntries(machine),
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oConnectTimeout=15',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_ALLOW_PROTOCOL: options.protocols ?? 'none',
    ...(options.gitDir === undefined ? {} : { GIT_DIR: options.gitDir }),
    ...(options.objects?.length ? { GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates(options.objects) } : {}),
    ...options.env,
  };
}

/** The environment as it is, less what names one repository: a hook that started us would have left that there. */
function userEnvironment(): Record<string, string> {
  const isKept = (name: string) => isPassed(name, '') || /^GIT_CONFIG_(?:GLOBAL|SYSTEM|NOSYSTEM)$/.test(name);
  const kept = Object.entries(process.env).filter(([name, value]) => value !== undefined && isKept(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

function isPassed(name: string, value: string | undefined): boolean {
  return value !== undefined && !/^GIT_/i.test(name) && name !== 'SSH_ASKPASS';
}

/** Joins folders the way git splits them. */
function alternates(folders: readonly string[]): string {
  return folders.map(quotePath).join(':');
}

/** A path as git reads it in a list of alternates: quoted as C does if it has something in it that divides or quotes. */
export function quotePath(path: string): string {
  if (!/^["#]|[:\n]/.test(path)) return path;
  return `"${path.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
