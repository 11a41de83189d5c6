import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keepSystemdCalm, tellSystemd } from '../../src/cli/tell-systemd.ts';
import { createLogger } from '../../src/support/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

/** A socket as systemd has it; each word that comes is a line of its output. Node has none of that kind. */
const LISTEN = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
print('bound', flush=True)
while True: print(s.recv(4096).decode().strip(), flush=True)
`;

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).status === 0;
}

async function listen(path: string) {
  const child = spawn('python3', ['-c', LISTEN, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => said.push(...text.split('\n').filter(Boolean)));
  await waitFor('the socket', () => said.length > 0);
  return {
    said,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

test('systemd hears at its socket that the server is ready, that it lives, and that it stops', async (context) => {
  if (!isThere('systemd-notify') || !isThere('python3')) context.skip('there is no systemd-notify, or no python3');
  await using dir = await tempDir();
  const path = join(dir.path, 'notify');
  await using systemd = await listen(path);
  const logger = createLogger('silent');
  const clock = new ManualClock();
  const env = { PATH: process.env.PATH, NOTIFY_SOCKET: path, WATCHDOG_USEC: '120000000' };
  tellSystemd('READY=1', env, logger);
  await waitFor('ready', () => systemd.said.includes('READY=1'));
  const leave = keepSystemdCalm(clock, env, logger);
  clock.advance(60_000);
  await waitFor('that it lives', () => systemd.said.includes('WATCHDOG=1'));
  leave();
  expect(clock.pending).toBe(0);
  tellSystemd('STOPPING=1', env, logger);
  await waitFor('that it stops', () => systemd.said.includes('STOPPING=1'));
  expect(systemd.said).toEqual(['bound', 'READY=1', 'WATCHDOG=1', 'STOPPING=1']);
});

test('who has no such socket, or no watchdog, is told nothing', () => {
  const clock = new ManualClock();
  const logger = createLogger('silent');
  for (const env of [
    {},
    { WATCHDOG_USEC: '1000000' },
    { NOTIFY_SOCKET: '/x' },
    { NOTIFY_SOCKET: '/x', WATCHDOG_USEC: 'x' },
  ])
    keepSystemdCalm(clock, env, logger);
  expect(clock.pending).toBe(0);
});

test('the unit is of the type that this serves, and gives the jobs the time that they may take', () => {
  const unit = readFileSync(join(import.meta.dirname, '..', '..', 'deploy', 'signalbox.service'), 'utf8');
  expect(unit).toMatch(/^Type=notify$/m);
  expect(unit).toMatch(/^NotifyAccess=all$/m);
  expect(unit).toMatch(/^WatchdogSec=120$/m);
  expect(unit).toMatch(/^KillMode=mixed$/m);
  expect(unit).toMatch(/^TimeoutStopSec=65min$/m);
});
