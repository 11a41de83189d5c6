import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Api } from '../../src/cli/api.ts';
import { type ApiRunDetail, eventSchema, runSchema, runsSchema } from '../../src/cli/api-schema.ts';
import { readToken } from '../../src/cli/home.ts';
import { builtProgram } from './build.ts';
import { GIT_TEST_ENV } from './repository.ts';
import { tempDir } from './temp.ts';

/** What a command wrote, and how it ended. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A `signalbox up` that runs in a process of its own. */
export interface UpProcess {
  readonly pid: number;
  /** `http://127.0.0.1:…`. */
  readonly url: string;
  /** `127.0.0.1:…`. */
  readonly dispatcher: string;
  /** All it wrote so far. */
  output(): string;
  /** Fulfilled when a line on stdout matches. */
  line(pattern: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): void;
  /** Fulfilled with exit code and signal when the process is gone. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** A home with its processes; all of them are gone at the end of the scope, with the home. */
export interface Signalbox extends AsyncDisposable {
  readonly home: string;
  /** The `up` that runs now. */
  readonly up: UpProcess;
  readonly url: string;
  readonly dispatcher: string;
  /** Starts another `up` on the same home, after the one before has ended. */
  restart(...args: string[]): Promise<UpProcess>;
  /** Runs `signalbox ARGS` on this home. */
  cli(...args: string[]): Promise<CommandResult>;
  api(): Promise<Api>;
  /** Waits until a run of this commit is complete. */
  waitForRun(sha: string): Promise<ApiRunDetail>;
  /** Pids of the runners that belong to this home. */
  runnerPids(): Promise<readonly number[]>;
}

/** Room for a busy machine. */
const DEADLINE_MS = 45_000;

/** How `up` is started. */
export interface StartOptions {
  readonly args?: readonly string[];
  /** Default: no sample is made. */
  readonly hasSample?: boolean;
  /** Default 1. */
  readonly runners?: number;
}

/** Starts `signalbox up` on free ports in a home of its own. */
export async function startSignalbox(options: StartOptions = {}): Promise<Signalbox> {
  const { args = [], hasSample = false, runners = 1 } = options;
  const dir = await tempDir('signalbox-home-');
  const home = join(dir.path, 'home');
  const program = await programArgs();
  const env = testEnv(home);
  const ports = ['--http', '127.0.0.1:0', '--dispatcher', '127.0.0.1:0'];
  const fixed = [...ports, '--runners', String(runners), ...(hasSample ? [] : ['--no-sample'])];
  const start = (more: readonly string[]) => startUp(program, [...fixed, ...more], env);
  const end = async () => {
    for (const pid of await processesOf(dir.path)) killQuietly(pid);
    await dir[Symbol.asyncDispose]();
  };
  let up = await start(args).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  const api = async () => new Api(up.url, await readToken(home));
  return {
    home,
    get up() {
      return up;
    },
    get url() {
      return up.url;
    },
    get dispatcher() {
      return up.dispatcher;
    },
    async restart(...more) {
      await up.exited;
      up = await start(more);
      return up;
    },
    cli: (...argv) => runCommand(program, argv, env),
    api,
    waitForRun: async (sha) => waitForRun(await api(), sha),
    runnerPids: () => processesOf(home, /runner-entry/),
    async [Symbol.asyncDispose]() {
      up.kill('SIGKILL');
      await up.exited;
      await end();
    },
  };
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

/** Runs one command to its end. */
export function runCommand(
  program: readonly string[],
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const options = { env, timeout: DEADLINE_MS, ...(cwd === undefined ? {} : { cwd }) };
    execFile(process.execPath, [...program, ...argv], options, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ stdout, stderr, exitCode });
    });
  });
}

/** Starts `up` and waits for its `ready`. */
export async function startUp(
  program: readonly string[],
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<UpProcess> {
  const child = spawn(process.execPath, [...program, 'up', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const written: string[] = [];
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => void written.push(text));
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    written.push(`${line}\n`);
    for (const look of waiting) look();
  });
  const output = () => written.join('');
  const exited = exitOf(child);
  const line = (pattern: RegExp) => lineOf(pattern, { lines, waiting, exited, output });
  const ready = await line(/^ready /);
  const [, url = '', dispatcher = ''] = /^ready (\S+) dispatcher (\S+)$/.exec(ready) ?? [];
  return { pid: child.pid ?? 0, url, dispatcher, output, line, exited, kill: (signal) => void child.kill(signal) };
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

/** Reads the events from the first one on, until a run of the commit is complete. */
async function waitForRun(api: Api, sha: string): Promise<ApiRunDetail> {
  const aborting = new AbortController();
  const timer = setTimeout(() => aborting.abort(), DEADLINE_MS);
  try {
    for await (const { data } of api.events('/api/events?after=0', null, aborting.signal)) {
      if (data === '' || eventSchema.parse(JSON.parse(data)).type !== 'run.completed') continue;
      const { runs } = await api.get(`/api/runs?sha=${sha}&status=completed`, runsSchema);
      if (runs[0] !== undefined) return await api.get(`/api/runs/${runs[0].id}`, runSchema);
    }
  } catch (error) {
    if (!aborting.signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
  throw new Error(`no run of ${sha} was complete within ${DEADLINE_MS} ms`);
}

/** Processes that work for a folder: by their arguments, their environment or the folder they are in. */
async function processesOf(folder: string, program = /^/): Promise<readonly number[]> {
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

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
