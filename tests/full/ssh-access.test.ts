import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { GitAccess } from '../../src/git/access.ts';
import { AccessDeniedError, HostKeyChangedError } from '../../src/git/git.ts';
import { lsRemote, Mirrors } from '../../src/git/mirror.ts';
import { createLogger } from '../../src/support/logger.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

/** Debian: `apt-get install openssh-server`. */
const SSHD = [process.env.SIGNALBOX_TEST_SSHD, '/usr/sbin/sshd', '/usr/bin/sshd'].find(
  (path) => path && existsSync(path),
);
const WITHOUT = 'skipped: there is no sshd on this machine (Debian: openssh-server)';

function keyIn(folder: string, name: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  return readFileSync(join(folder, name), 'utf8');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isThere = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return isThere;
}

/** A real sshd for this user, which lets in whoever has the key `client` of `folder`. */
async function startSshd(folder: string, port: number, hostKey: string): Promise<AsyncDisposable> {
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true });
  const options = {
    ...{ HostKey: join(folder, hostKey), AuthorizedKeysFile: join(folder, 'client.pub'), StrictModes: 'no' },
    ...{ PasswordAuthentication: 'no', KbdInteractiveAuthentication: 'no', UsePAM: 'no', PidFile: 'none' },
    ...{ PermitRootLogin: 'prohibit-password', ListenAddress: `127.0.0.1:${port}` },
  };
  const args = Object.entries(options).map(([name, value]) => `-o${name}=${value}`);
  const child: ChildProcess = spawn(SSHD ?? '', ['-D', '-e', '-f', '/dev/null', ...args], { stdio: 'ignore' });
  await waitFor('sshd', () => isListening(port));
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}

test.skipIf(SSHD === undefined)(
  'git is let in with a deploy key that lies on no disk, and another key is told what to do',
  async () => {
    await using origin = await createRepository({ a: '1' });
    await using dir = await tempDir();
    await using home = await tempDir('signalbox ssh ');
    keyIn(dir.path, 'host');
    const key = keyIn(dir.path, 'client');
    const other = keyIn(dir.path, 'other');
    const port = await freePort();
    await using _sshd = await startSshd(dir.path, port, 'host');
    const source = `ssh://${userInfo().username}@127.0.0.1:${port}${origin.path}`;
    const knownHosts = join(home.path, 'known_hosts');
    const access: GitAccess = { kind: 'ssh-key', key, knownHosts };
    const mirrors = new Mirrors({ home: home.path, logger: createLogger('silent'), accessOf: async () => access });
    await mirrors.fetch(1, source);
    expect([...(await lsRemote(source, { access })).values()]).toEqual([await origin.git('rev-parse', 'HEAD')]);
    expect(readFileSync(knownHosts, 'utf8')).toContain(`[127.0.0.1]:${port} `);
    expect(() => execFileSync('grep', ['-rl', 'PRIVATE KEY', home.path])).toThrow();
    await expect(lsRemote(source, { access: { ...access, key: other } })).rejects.toThrow(AccessDeniedError);
    await expect(lsRemote(source, { access: { ...access, key: 'no key' } })).rejects.toThrow(/cannot be used/);
  },
  60_000,
);

test.skipIf(SSHD === undefined)(
  'a host whose key has changed is refused in words, and gets nothing',
  async () => {
    await using origin = await createRepository({ a: '1' });
    await using dir = await tempDir();
    for (const name of ['host', 'host2', 'client']) keyIn(dir.path, name);
    const key = readFileSync(join(dir.path, 'client'), 'utf8');
    const port = await freePort();
    const source = `ssh://${userInfo().username}@127.0.0.1:${port}${origin.path}`;
    const access: GitAccess = { kind: 'ssh-key', key, knownHosts: join(dir.path, 'known_hosts') };
    {
      await using _sshd = await startSshd(dir.path, port, 'host');
      await lsRemote(source, { access });
    }
    await using _sshd = await startSshd(dir.path, port, 'host2');
    const refused = await lsRemote(source, { access }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(HostKeyChangedError);
    expect((refused as Error).message).toContain(`ssh-keygen -f '${access.knownHosts}' -R '[127.0.0.1]:${port}'`);
  },
  60_000,
);

test.skipIf(SSHD !== undefined)(WITHOUT, () => {});
