import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, print } from './report.ts';
import { type Places, scratch } from './server.ts';

const run = promisify(execFile);
const ROUNDS = 9;

/** How long one waits for `--help`, and a dispatcher for a new runner; against Node that does nothing. */
export async function benchStartUp(places: Places): Promise<void> {
  const bin = join(places.root, 'bin', 'signalbox.mjs');
  const folder = await scratch();
  const times = { node: [] as number[], help: [] as number[], runner: [] as number[] };
  for (let round = -1; round < ROUNDS; round++) {
    const node = await timed(() => run(process.execPath, ['-e', '0']));
    const help = await timed(() => run(process.execPath, [bin, '--help']));
    const runner = await runnerStart(bin, folder);
    if (round < 0) continue;
    times.node.push(node);
    times.help.push(help);
    times.runner.push(runner);
  }
  await rm(folder, { recursive: true, force: true });
  const note = `node -e 0: ${median(times.node).toFixed(0)} ms`;
  print({ name: 'signalbox --help', value: median(times.help), unit: 'ms', bound: { atMost: 250 }, note });
  print({ name: 'a runner, until it says hello', value: median(times.runner), unit: 'ms', bound: { atMost: 500 } });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function runnerStart(bin: string, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'token'), 'x'.repeat(64), { mode: 0o600 });
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const began = performance.now();
  const args = [
    bin,
    'runner',
    '--name',
    'bench',
    '--home',
    folder,
    '--dispatcher',
    `127.0.0.1:${port}`,
    '--log-level',
    'silent',
  ];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const [socket] = await once(server, 'connection');
  await once(socket, 'data');
  const ms = performance.now() - began;
  child.kill('SIGKILL');
  await once(child, 'exit');
  socket.destroy();
  server.close();
  return ms;
}
