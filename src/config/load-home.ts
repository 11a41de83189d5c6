import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** What the home folder is found by, in this order. */
export interface HomeHints {
  /** `--home`. */
  readonly flag?: string | undefined;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** `signalbox.home` in the git config of the repository one is in. Asked only when flag and variable are not set. */
  readonly repositoryHome?: (() => Promise<string | undefined>) | undefined;
}

/** The home folder, absolute; it may not exist yet. */
export async function findHome({ flag, env, cwd, repositoryHome }: HomeHints): Promise<string> {
  const named = flag || env.SIGNALBOX_HOME || (await repositoryHome?.());
  if (named) return resolve(cwd, named);
  // The XDG base directory specification: a path that is not absolute is to be ignored.
  const state = env.XDG_STATE_HOME?.startsWith('/') ? env.XDG_STATE_HOME : join(env.HOME || homedir(), '.local/state');
  return join(state, 'signalbox');
}
