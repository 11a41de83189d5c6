import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { runGit } from '../git/git.ts';
import type { Invocation } from './context.ts';

/** The configuration of one call of a command. `httpPort`: default port of the page. */
export function settingsFor({ context, options }: Invocation, httpPort?: number): Promise<LoadedConfig> {
  return loadConfig({
    flags: options,
    env: context.env,
    cwd: context.cwd,
    repositoryHome: () => homeOfRepository(context.cwd),
    ...(httpPort === undefined ? {} : { httpPort }),
  });
}

/** `signalbox.home` in the git config of the repository that `folder` is in. */
export async function homeOfRepository(folder: string): Promise<string | undefined> {
  try {
    const home = await runGit(['config', '--local', '--get', 'signalbox.home'], { cwd: folder });
    return home.toString('utf8').replace(/\n$/, '') || undefined;
  } catch {
    return undefined; // not in a repository, or in one that names no home, or there is no git: the default holds
  }
}
