import { execFile, execFileSync } from 'node:child_process';
import { cp, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { buildStoreChild, startStoreChild } from '../support/start-store-child.ts';
import { tempDir } from '../support/temp.ts';

const run = promisify(execFile);

/** Cuts the power of the ext4 file system at argv[1]: EXT4_IOC_SHUTDOWN without flushing its journal. */
const CUT = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))
`;

/** Is a program there that this machine may use? */
function works(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** An ext4 file system of its own, on a file; undefined where we may not mount one. */
async function ownDisk() {
  const dir = await tempDir('signalbox-power-');
  const [image, mount] = [join(dir.path, 'image'), join(dir.path, 'mount')];
  await writeFile(image, '');
  await truncate(image, 128 * 1024 * 1024);
  const plug = () => run('mount', ['-o', 'loop', image, mount]);
  try {
    await run('mkdir', [mount]);
    await run('mkfs.ext4', ['-q', image]);
    await plug();
  } catch {
    await dir[Symbol.asyncDispose]();
    return undefined;
  }
  const unplug = () => run('umount', [mount]);
  const dispose = async () => {
    await run('umount', ['-l', mount]).catch(() => {});
    await dir[Symbol.asyncDispose]();
  };
  return { folder: dir.path, mount, plug, unplug, [Symbol.asyncDispose]: dispose };
}

/** Everything that a child said was acknowledged is in the store at `path`. */
async function expectAll(path: string, lines: readonly string[]): Promise<void> {
  const store = await openStore({ path });
  try {
    for (const line of lines) {
      const [what, id, execution] = line.split(' ');
      if (what === 'run') expect(await store.run(Number(id)), line).toBeDefined();
      if (what === 'claimed') expect((await store.job(Number(id)))?.execution, line).toBe(Number(execution));
      if (what === 'finished') expect((await store.job(Number(id)))?.conclusion, line).toBe('success');
    }
  } finally {
    await store.close();
  }
}

test('what was acknowledged survives a power cut', async (context) => {
  await using disk = works('python3', '-c', 'import fcntl') ? await ownDisk() : undefined;
  if (disk === undefined) return context.skip('needs root, mkfs.ext4, a loop device and python3');
  const script = await buildStoreChild(disk.folder);
  const path = join(disk.mount, 'signalbox.db');
  for (const round of [1, 2, 3]) {
    const child = startStoreChild(script, [path, 'local/app', String(round * 1_000_000)]);
    await child.said(100 * round);
    const said = [...child.lines]; // counted before the cut: what is said after it is no promise
    await run('python3', ['-c', CUT, disk.mount]);
    child.process.kill('SIGKILL');
    await child.ended;
    await disk.unplug();
    await disk.plug();
    expect(said.length).toBeGreaterThanOrEqual(100 * round);
    const copy = join(disk.folder, `after-${round}`);
    await cp(disk.mount, copy, { recursive: true }); // what is opened there would keep the disk from being unplugged
    await expectAll(join(copy, 'signalbox.db'), said);
  }
});

test('after an fsync that failed nothing is acknowledged, and what was acknowledged before is there', async (context) => {
  if (!works('strace', '-e', 'trace=none', 'true')) return context.skip('needs strace');
  await using dir = await tempDir('signalbox-eio-');
  const script = await buildStoreChild(dir.path);
  const path = join(dir.path, 'signalbox.db');
  for (const when of [12, 25, 60]) {
    const fault = `inject=fsync,fdatasync:error=EIO:when=${when}`;
    const wrapper = ['strace', '-f', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync', '-e', fault];
    const child = startStoreChild(script, [path, 'local/app', String(when * 1_000_000)], wrapper);
    await child.ended;
    expect(child.lines.at(-1)).toBe('error E_STORE_BROKEN');
    expect(child.lines.length).toBeGreaterThan(2);
    await expectAll(path, child.lines);
  }
});
