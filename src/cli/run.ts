import { findWorkTree } from '../git/snapshot.ts';
import type { Invocation } from './context.ts';
import { homeOfRepository } from './home-of-repository.ts';
import type { RunOptions } from './local/run-here.ts';

/** `signalbox run`. Git looks for the repository while the program is loaded, since somebody waits for the first step. */
export async function run(invocation: Invocation<RunOptions>): Promise<number> {
  const { context, args, options } = invocation;
  const { env, cwd } = context;
  const isHomeNamed = (options.home ?? env.SIGNALBOX_HOME ?? '') !== '';
  const asked = {
    repository: findWorkTree(args[0] ?? cwd),
    home: isHomeNamed ? Promise.resolve(undefined) : homeOfRepository(cwd),
  };
  asked.repository.catch(() => {}); // told where it is awaited
  const { runHere } = await import('./local/run-here.ts');
  return runHere(invocation, asked);
}
