import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where the project and the bundled benchmarks are. */
export interface Places {
  readonly root: string;
  readonly bench: string;
}

/** A real `signalbox up` on a home of its own. */
export interface Server {
  readonly home: string;
  readonly http: string;
  readonly dispatcher: string;
  readonly token: string;
  readonly pid: number;
  /** Runs a command of the program against this home; what it printed. */
  cli(...args: string[]): Promise<string>;
  /** GET on the API. */
  // biome-ignore lint/suspicious/noExplicitAny: a benchmark reads what it needs
  get(path: string): Promise<any>;
  stop(): Promise<void>;
}

/** A folder for one benchmark; removed by whoever made it. */
export function scratch(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'signalbox-bench-'));
}

/** Starts `up` with free ports, and perhaps a `signalbox.yml`, and waits for its `ready` line. */
export async function startServer(places: Places, args: readonly string[] = [], config = ''): Promise<Server> {
  const home = await scratch();
  await writeFile(join(home, 'signalbox.yml'), config);
  const bin = join(places.root, 'bin', 'signalbox.mjs');
  const ports = ['--http', '127.0.0.1:0', '--dispatcher', '127.0.0.1:0', '--log-level', 'warn'];
  const child = spawn(process.execPath, [bin, 'up', '--json', '--no-sample', '--home', home, ...ports, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ready = await readyLine(child);
  const token = (await readFile(join(home, 'token'), 'utf8')).trim();
  return {
    home,
    ...ready,
    token,
    pid: child.pid ?? 0,
    cli: async (...more) => (await run(process.execPath, [bin, ...more, '--home', home], { maxBuffer: 1e8 })).stdout,
    get: async (path) => (await fetch(`${ready.http}${path}`)).json(),
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await rm(home, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

async function readyLine(child: ChildProcess): Promise<{ http: string; dispatcher: string }> {
  if (child.stdout === null) throw new Error('no output to read');
  for await (const line of createInterface(child.stdout)) {
    const message = JSON.parse(line);
    if (message.msg === 'ready') return message;
  }
  throw new Error('up ended before it was ready');
}

/** Follows `/api/events` until `isLast` says so, from the event `after` on (default: from now on). */
export async function followEvents(
  server: Server,
  // biome-ignore lint/suspicious/noExplicitAny: a benchmark reads what it needs
  isLast: (event: any) => boolean,
  after?: number,
): Promise<void> {
  const response = await fetch(`${server.http}/api/events${after === undefined ? '' : `?after=${after}`}`, {
    headers: { accept: 'text/event-stream' },
  });
  if (response.body === null) throw new Error('no events');
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of response.body) {
    text += decoder.decode(bytes as Uint8Array, { stream: true });
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const data = part.split('\n').find((line) => line.startsWith('data: '));
      if (data !== undefined && isLast(JSON.parse(data.slice(6)))) {
        await response.body.cancel().catch(() => {});
        return;
      }
    }
  }
}
