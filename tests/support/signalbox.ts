import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readToken } from '../../src/cli/home.ts';
import { Api } from '../../src/protocol/api.ts';
import { type ApiRunDetail, eventSchema, runSchema, runsSchema } from '../../src/protocol/api-schema.ts';
import {
  type CommandResult,
  callCommand,
  killProcessesOf,
  processesOf,
  programArgs,
  runCommand,
  type ServerProcess,
  startServer,
  testEnv,
} from './program.ts';
import { tempDir } from './temp.ts';

/** A home with its processes; all of them are gone at the end of the scope, with the home. */
export interface Signalbox extends AsyncDisposable {
  readonly home: string;
  /** The `up` that runs now. */
  readonly up: ServerProcess;
  readonly url: string;
  readonly dispatcher: string;
  /** Starts another `up` on the same home, after the one before has ended. */
  restart(...args: string[]): Promise<ServerProcess>;
  /** The same, with a clock that is so far ahead; the clocks of its runners are not. */
  restartAhead(aheadMs: number): Promise<ServerProcess>;
  /** Runs `signalbox ARGS` on this home. */
  cli(...args: string[]): Promise<CommandResult>;
  /** The same without a process of its own. */
  call(...args: string[]): Promise<CommandResult>;
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
  /** Added to the environment of all its processes. */
  readonly env?: NodeJS.ProcessEnv;
}

/** The environment in which the clock of `up`, and of it alone, is so far ahead. */
export function clockAheadBy(aheadMs: number): NodeJS.ProcessEnv {
  const file = pathToFileURL(join(import.meta.dirname, 'move-clock.mjs'));
  return { NODE_OPTIONS: `--import ${file.href}`, MOVED_CLOCK_MS: String(aheadMs) };
}

/** Starts `signalbox up` on free ports in a home of its own. */
export async function startSignalbox(options: StartOptions = {}): Promise<Signalbox> {
  const { args = [], hasSample = false, runners = 1 } = options;
  const dir = await tempDir('signalbox-home-');
  const home = join(dir.path, 'home');
  const program = await programArgs();
  const env = { ...testEnv(home), ...options.env };
  const ports = ['--http', '127.0.0.1:0', '--dispatcher', '127.0.0.1:0'];
  const fixed = [...ports, '--runners', String(runners), ...(hasSample ? [] : ['--no-sample'])];
  const start = (more: readonly string[], moved = {}) =>
    startServer(program, ['up', ...fixed, ...more], { ...env, ...moved });
  const end = async () => {
    await killProcessesOf(dir.path);
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
    async restartAhead(aheadMs) {
      await up.exited;
      up = await start(args, clockAheadBy(aheadMs));
      return up;
    },
    cli: (...argv) => runCommand(program, argv, env),
    call: (...argv) => callCommand(argv, env),
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

/** Reads the events from the first one on, until a run of the commit is complete. */
export async function waitForRun(api: Api, sha: string): Promise<ApiRunDetail> {
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
