import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { print } from './report.ts';
import { makeRepository } from './repository.ts';
import { type Places, scratch, startServer } from './server.ts';

const SECONDS = 20;

/** What all of it takes while nothing happens: one server with two runners and three watched repositories. */
export async function benchIdle(places: Places): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '2']);
  try {
    for (const name of ['one', 'two', 'three']) {
      await makeRepository(join(folder, name), { readme: 'x' });
      await server.cli('install-hook', join(folder, name));
    }
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    const pids = [server.pid, ...(await childrenOf(server.pid))];
    const before = await cpuSeconds(pids);
    await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
    const used = (await cpuSeconds(pids)) - before;
    const sizes = await Promise.all(pids.map(proportionalMb));
    print({
      name: 'memory at rest (PSS), server and two runners',
      value: sizes.reduce((sum, size) => sum + size, 0),
      unit: 'MB',
      bound: { atMost: 200 },
      note: `server ${sizes[0]?.toFixed(0)} MB; ${pids.length} processes`,
    });
    print({ name: 'processor at rest, of one core', value: (used / SECONDS) * 100, unit: '%', bound: { atMost: 0.5 } });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent === pid) found.push(Number(name), ...(await childrenOf(Number(name))));
  }
  return found;
}

async function proportionalMb(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024;
}

/** User and system time of these processes, in seconds; a tick is 10 ms. */
async function cpuSeconds(pids: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / 100;
}
