import { CiError } from '../support/ci-error.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import type { Terminal } from './terminal.ts';

/**
 * Does something for each of several names, one after the other; one that fails is told and does not keep the others
 * from being done. The highest exit code.
 */
export async function each(
  names: readonly string[],
  terminal: Terminal,
  work: (name: string) => Promise<void>,
): Promise<number> {
  let exitCode: number = EXIT.done;
  for (const name of names) {
    try {
      await work(name);
    } catch (error) {
      if (!(error instanceof CiError) || names.length === 1) throw error;
      terminal.say(`signalbox: ${name}: ${error.message}`);
      exitCode = Math.max(exitCode, exitCodeOf(error));
    }
  }
  return exitCode;
}
