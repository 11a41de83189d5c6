import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { Invocation } from './context.ts';
import { homeOfRepository } from './home-of-repository.ts';

/**
 * The configuration of one call of a command. `httpPort`: default port of the page. `repositoryHome`: what the repository
 * names as its home, if somebody has asked for it already.
 */
export function settingsFor(
  { context, options }: Invocation,
  httpPort?: number,
  repositoryHome = () => homeOfRepository(context.cwd),
): Promise<LoadedConfig> {
  return loadConfig({
    flags: options,
    env: context.env,
    cwd: context.cwd,
    repositoryHome,
    ...(httpPort === undefined ? {} : { httpPort }),
  });
}
