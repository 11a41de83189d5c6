import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { Terminal } from '../../src/cli/terminal.ts';
import { builtProgram } from './build.ts';
import { GIT_TEST_ENV } from './repository.ts';

/** Room for a busy machine. */
const DEADLINE_MS = 45_000;

/** What a command wrote, and how it ended. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A server that runs in a process of its own. */
export interface ServerProcess {
  readonly pid: number;
  /** `http://127.0.0.1:…`; empty where it has none. */
  readonly url: string;
  /** `127.0.0.1:…`; empty where it has none. */
  readonly dispatcher: string;
  /** All it wrote so far. */
  output(): string;
  /** Fulfilled when a line that it wrote matches. */
  line(pattern: RegExp): Promise<string>;
  /** Closes our ends of its stdout and stderr. */
  stopReading(): void;
  kill(signal: NodeJS.Signals): void;
  /** Fulfilled with exit code and signal when the process is gone. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/**
 * What comes after `node` to start the built program: what bin/signalbox.mjs does, without looking whether something has
 * to be installed.
 */
export async function programArgs(): Promise<readonly string[]> {
  const { main } = await builtProgram();
  const start = `const { main } = await import(${JSON.stringify(main)}); await main(process.argv.slice(1));`;
  return ['--input-type=module', '--eval', start, '--'];
}

/** The environment in which the programs run: nothing of the machine's own Signalbox, git or terminal. */
export function testEnv(home: string): NodeJS.ProcessEnv {
  const { XDG_STATE_HOME: _, DATABASE_URL: __, NO_COLOR: ___, FORCE_COLOR: ____, ...env } = process.env;
  const own = Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:SIGNALBOX_|npm_)/.test(name)));
  return { ...own, ...GIT_TEST_ENV, SIGNALBOX_HOME: home, SIGNALBOX_LOG_LEVEL: 'debug' };
}

/** Runs one command to its end; one that takes longer than it may is ended. */
export function runCommand(
  program: readonly string[],
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
  deadlineMs = DEADLINE_MS,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { env, timeout: deadlineMs, ...(cwd === undefined ? {} : { cwd }) };
    execFile(process.execPath, [...program, ...argv], options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ stdout, stderr, exitCode });
    });
  });
}

/**
 * The same within this process, for commands that ask or tell something and end: to start a process for each is most of
 * what such a test costs.
 */
export async function callCommand(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd = process.cwd(),
): Promise<CommandResult> {
  const { main } = await builtProgram();
  const { load } = await import(pathToFileURL(join(dirname(main), 'load.mjs')).href);
  const { execute }: typeof import('../../src/cli/main.ts') = load('main', 'of a test');
  const written = { stdout: '', stderr: '' };
  const into = (name: keyof typeof written) => ({
    write: (text: string | Uint8Array) => {
      written[name] += typeof text === 'string' ? text : Buffer.from(text).toString('utf8');
      return true;
    },
  });
  const exitCode = await execute(argv, { terminal: new Terminal(into('stdout'), into('stderr'), env), env, cwd });
  return { ...written, exitCode };
}

/** Starts a server and waits for the line that says that it is there. */
export async function startServer(
  program: readonly string[],
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  ready: RegExp = /^ready /,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      for (const look of waiting) look();
    });
  const output = () => lines.join('\n');
  const exited = exitOf(child);
  const line = (pattern: RegExp) => lineOf(pattern, { lines, waiting, exited, output });
  const [, url = '', dispatcher = ''] = /^ready (\S+)(?: dispatcher (\S+))?$/.exec(await line(ready)) ?? [];
  const kill = (signal: NodeJS.Signals) => void child.kill(signal);
  const stopReading = () => {
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
  };
  return { pid: child.pid ?? 0, url, dispatcher, output, line, exited, stopReading, kill };
}

async function exitOf(child: ChildProcess) {
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

interface Lines {
  readonly lines: readonly string[];
  readonly waiting: Set<() => void>;
  readonly exited: Promise<unknown>;
  readonly output: () => string;
}

function lineOf(pattern: RegExp, { lines, waiting, exited, output }: Lines): Promise<string> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      waiting.delete(look);
    };
    const fail = (why: string) => {
      end();
      reject(new Error(`no line ${pattern}: ${why}; it wrote\n${output()}`));
    };
    const look = () => {
      const found = lines.find((line) => pattern.test(line));
      if (found === undefined) return;
      end();
      resolve(found);
    };
    const timer = setTimeout(() => fail(`not within ${DEADLINE_MS} ms`), DEADLINE_MS);
    waiting.add(look);
    void exited.then(() => fail('it ended'));
    look();
  });
}

/** Processes that work for a folder: by their arguments, their environment or the folder they are in. */
export async function processesOf(folder: string, program = /^/): Promise<readonly number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const read = (file: string) => readFile(join('/proc', name, file), 'utf8').catch(() => '');
    const args = await read('cmdline');
    const where = await readlink(join('/proc', name, 'cwd')).catch(() => '');
    const belongs = args.includes(folder) || where.startsWith(folder) || (await read('environ')).includes(folder);
    if (belongs && args !== '' && program.test(args)) found.push(Number(name));
  }
  return found;
}

/** Kills all of them. */
export async function killProcessesOf(folder: string): Promise<void> {
  for (const pid of await processesOf(folder)) killQuietly(pid);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
