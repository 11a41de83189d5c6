import { Terminal } from './terminal.ts';

/** What is asked at each prompt, and at each press of the tabulator. */
const QUICK = new Set(['commit-status', '__complete']);

/**
 * Starts what has to answer before a hand leaves the keys, without loading the whole command line; everything else, and
 * what is not typed in the plain way, is left to the command line. Called once, by the start script.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const [name = '', ...rest] = argv;
  if (!QUICK.has(name) || !(await quick(name, rest))) {
    const { main: whole } = await import('./main.ts');
    await whole(argv);
  }
}

async function quick(name: string, args: readonly string[]): Promise<boolean> {
  process.stdout.on('error', () => process.exit());
  const context = {
    terminal: new Terminal(process.stdout, process.stderr, process.env),
    env: process.env,
    cwd: process.cwd(),
  };
  if (name === '__complete') {
    const { complete, completionLines } = await import('./complete.ts');
    const { quickApi } = await import('./quick-api.ts');
    const words = args[0] === '--' ? args.slice(1) : args;
    const at = words.indexOf('--home');
    const api = await quickApi(at < 0 ? undefined : words[at + 1], context);
    for (const line of completionLines(await complete(words, api))) context.terminal.line(line);
    return true;
  }
  if (args.length > 1 || args.some((arg) => arg === '' || arg.startsWith('-'))) return false;
  const { tell } = await import('./commit-status.ts');
  process.exitCode = await tell(args[0], { ...context, isJson: false });
  return true;
}
