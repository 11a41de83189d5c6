import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunnerProcesses } from '../../src/cli/runner-processes.ts';
import { systemClock } from '../../src/support/clock.ts';
import { acquireLock } from '../../src/support/file-lock.ts';
import { createLogger } from '../../src/support/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { tempDir } from '../support/temp.ts';

/** What stands in for a runner: says that it is there, on a socket, and does what it is told on either side. */
const PROGRAM = `
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
const home = process.argv[process.argv.indexOf('--home') + 1];
const socket = connect(Number(readFileSync(home + '/port', 'utf8')), '127.0.0.1');
socket.write('alive ' + process.pid + '\\n');
socket.on('data', (status) => process.exit(Number(status)));
process.on('message', (command) => {
  if (command === 'drain') process.exit(0);
  socket.write('told ' + command + '\\n');
});
`;

async function startFakes(clock: ManualClock | typeof systemClock = systemClock) {
  const dir = await tempDir();
  const words: string[] = [];
  const waiting: (() => void)[] = [];
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      words.push(...String(bytes).trim().split('\n'));
      for (const look of waiting.splice(0)) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await writeFile(join(dir.path, 'port'), String((server.address() as AddressInfo).port));
  await writeFile(join(dir.path, 'entry.mjs'), PROGRAM);
  const runners = new RunnerProcesses({
    ...{ home: dir.path, names: ['local-1'], entry: join(dir.path, 'entry.mjs'), clock },
    ...{ logLevel: 'silent', logFormat: 'json', logger: createLogger('silent') },
  });
  return {
    home: dir.path,
    runners,
    /** Waits until so many words were said in all. */
    async said(count: number): Promise<readonly string[]> {
      while (words.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return words;
    },
    exit: (status: number) => sockets.at(-1)?.write(String(status)),
    async [Symbol.asyncDispose]() {
      await runners.stop();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await dir[Symbol.asyncDispose]();
    },
  };
}

test('a runner that dies is started again', async () => {
  await using fakes = await startFakes();
  await fakes.runners.start();
  await fakes.said(1);
  fakes.exit(1);
  const [first, second] = await fakes.said(2);
  expect(second).toMatch(/^alive \d+$/);
  expect(second).not.toBe(first);
  await fakes.runners.drain();
});

test('a runner that was drained stays away', async () => {
  await using fakes = await startFakes();
  await fakes.runners.start();
  await fakes.said(1);
  fakes.exit(0);
  await fakes.runners.drain();
  expect(await fakes.said(1)).toHaveLength(1);
});

test('a runner whose folder an older one still holds is started when that one has let go', async () => {
  await using fakes = await startFakes();
  await mkdir(join(fakes.home, 'runners', 'local-1'), { recursive: true });
  const orphan = await acquireLock(join(fakes.home, 'runners', 'local-1', 'lock.db'));
  await fakes.runners.start();
  await orphan.release();
  expect(await fakes.said(1)).toHaveLength(1);
  await fakes.runners.drain();
});

test('a runner that does not stop when it is told is killed', async () => {
  const clock = new ManualClock();
  await using fakes = await startFakes(clock);
  await fakes.runners.start();
  await fakes.said(1);
  const stopped = fakes.runners.stop();
  expect(await fakes.said(2)).toEqual([expect.stringMatching(/^alive/), 'told stop']);
  clock.advance(5_000);
  await stopped;
});
