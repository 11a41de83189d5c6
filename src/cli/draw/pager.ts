import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Context } from '../context.ts';
import { Terminal } from '../terminal.ts';

/** Whoever looked at the list has closed it: nothing more has to be written. */
class PagerClosedError extends Error {
  override readonly name = 'PagerClosedError';
}

/**
 * Does `work` with a terminal whose stdout goes through the pager of the person who typed the command: `SIGNALBOX_PAGER`,
 * else `PAGER`, else `less`, which ends by itself where everything fits the screen. Where there is no terminal, no pager,
 * or `cat` is set, it goes straight to stdout. The program is started without a shell.
 */
export async function paged(
  { terminal, env }: Context,
  work: (terminal: Terminal) => Promise<number>,
): Promise<number> {
  const [program = '', ...args] = (env.SIGNALBOX_PAGER ?? env.PAGER ?? 'less').trim().split(/\s+/);
  if (!terminal.isLive || program === '' || program === 'cat') return work(terminal);
  // as git does: quit if it fits one screen, let colours through, leave the text on the screen
  const child = spawn(program, args, { env: { LESS: 'FRX', ...env }, stdio: ['pipe', 'inherit', 'inherit'] });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const hasStarted = await once(child, 'spawn').then(
    () => true,
    () => false, // it is not installed
  );
  if (!hasStarted) return work(terminal);
  const ignore = () => {}; // Ctrl-C is the pager's: it stops a search there
  process.on('SIGINT', ignore);
  child.stdin.on('error', ignore); // closed before all was read
  try {
    return await work(throughPager(terminal, env, child.stdin));
  } catch (error) {
    if (!(error instanceof PagerClosedError)) throw error;
    return 0;
  } finally {
    child.stdin.end();
    await closed;
    process.off('SIGINT', ignore);
  }
}

/** The same terminal, as far as anybody can see, whose stdout is read by the pager. */
function throughPager(terminal: Terminal, env: NodeJS.ProcessEnv, stdin: NodeJS.WritableStream): Terminal {
  const { columns, rows } = terminal.stdout;
  const output = {
    isTTY: true,
    columns,
    rows,
    write(text: string | Uint8Array) {
      if (!stdin.writable) throw new PagerClosedError('the pager was closed');
      return stdin.write(text);
    },
    once(_event: 'drain', listener: () => void) {
      stdin.once('drain', listener);
      stdin.once('close', listener);
    },
  };
  return new Terminal(output, terminal.stderr, env);
}
