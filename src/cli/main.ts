import { CommanderError } from 'commander';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Context } from './context.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { createProgram } from './program.ts';
import { Terminal } from './terminal.ts';

/** How long what a command left behind may keep the process, in milliseconds. */
const LINGER_MS = 2_000;

/** Runs one command of the command line and sets the exit code of the process. Called once, by the start script. */
export async function main(argv: readonly string[]): Promise<void> {
  const terminal = new Terminal(process.stdout, process.stderr, process.env);
  process.stdout.on('error', (error) => endWithoutReader(error, terminal));
  process.stderr.on('error', () => {}); // nobody is left to tell
  // the timers of the parts keep no process alive: a command that only waits for one must not end with Node's exit code 13
  const alive = setInterval(() => {}, 2 ** 30);
  process.exitCode = await execute(argv, { terminal, env: process.env, cwd: process.cwd() });
  clearInterval(alive);
  // a process that just ends gives the signals back before it is gone; what it logged last may still wait to be read
  if (terminal.isOfServer) process.stderr.write('', () => process.exit());
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** Runs one command; the exit code. The only place where errors are printed. */
export async function execute(argv: readonly string[], context: Context): Promise<number> {
  const program = createProgram(context);
  try {
    await program.command.parseAsync([...argv], { from: 'user' });
    return program.exitCode();
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    printError(error, context, argv);
    return exitCodeOf(error);
  }
}

/** One line; for what nobody raised on purpose, also where it happened if details were asked for. */
function printError(error: unknown, { terminal, env }: Context, argv: readonly string[]): void {
  if (error instanceof CiError) {
    terminal.say(`signalbox: ${error.message.replace(/\s*\n\s*/g, '; ')}`);
    return;
  }
  const level = argv[argv.indexOf('--log-level') + 1] ?? '';
  const wantsDetails = /^(?:debug|trace)$/.test(argv.includes('--log-level') ? level : (env.SIGNALBOX_LOG_LEVEL ?? ''));
  if (wantsDetails && error instanceof Error) terminal.say(error.stack ?? error.message);
  const how = wantsDetails ? 'what stands above' : 'what --log-level debug adds';
  terminal.say(`signalbox: unexpected error: ${messageOf(error)}; this is a bug, please report it with ${how}`);
}

/** `signalbox runs | head` is no error; a server goes on when whoever waited for its `ready` is gone. */
function endWithoutReader(error: NodeJS.ErrnoException, terminal: Terminal): void {
  if (error.code !== 'EPIPE') throw error;
  if (!terminal.isOfServer) process.exit();
}
