import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { benchReading } from './log-reading.ts';
import { print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { followEvents, type Places, scratch, startServer } from './server.ts';

/** Just under the default limit of what is kept. */
const BYTES = 99_000_000;
const COMMAND = `yes 'a line of output as long as lines of output usually are' | head -c ${BYTES}`;

/** A job that prints 100 MB, until it can be read on the server, against Node piping the command into one file. */
export async function benchLog(places: Places): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '1']);
  try {
    const path = join(folder, 'app');
    await makeRepository(path, { 'ci.sh': '#!/bin/sh\nexit 0\n' });
    await server.cli('install-hook', path);
    await runOf(server, path, 'exit 0', 'warm');
    const memory = watchMemory(server.pid);
    const id = await runOf(server, path, COMMAND, 'much');
    const { run } = { run: await server.get(`/api/runs/${id}`) };
    const [job] = (run.run ?? run).jobs;
    const [began, ended] = [job.steps[0].started_at, (run.run ?? run).completed_at].map((at: string) =>
      new Date(at).getTime(),
    );
    const response = await fetch(`${server.http}/api/jobs/${job.id}/log`);
    let bytes = 0;
    if (response.body !== null) for await (const part of response.body) bytes += (part as Uint8Array).length;
    const grown = await memory();
    if (bytes < BYTES) throw new Error(`the log has ${bytes} bytes only`);
    print({
      name: 'log of 100 MB, from the process to its durable place',
      value: ((ended ?? 0) - (began ?? 0)) / 1000,
      floor: await bareLog(folder),
      unit: 's',
      bound: { atMost: 3 },
      note: 'floor: Node pipes the same command into one file and syncs it',
    });
    print({ name: '  memory that the server took for it', value: grown, unit: 'MB', bound: { atMost: 50 } });
    await benchReading(server, { run: id, job: job.id }, join(folder, 'floor.log'));
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function runOf(server: Awaited<ReturnType<typeof startServer>>, path: string, script: string, title: string) {
  const { writeFile } = await import('node:fs/promises');
  await writeFile(join(path, 'ci.sh'), `#!/bin/sh\n${script}\n`);
  let id = 0;
  const done = followEvents(server, (event) => {
    if (event.type !== 'run.completed' || event.data.title !== title) return false;
    id = event.run;
    return true;
  });
  await git(path, 'commit', '-q', '-a', '--allow-empty', '-m', title);
  await done;
  return id;
}

async function bareLog(folder: string): Promise<number> {
  const began = performance.now();
  const child = spawn('sh', ['-c', COMMAND], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  await pipeline(child.stdout, createWriteStream(join(folder, 'floor.log'), { flush: true }));
  await exited;
  return (performance.now() - began) / 1000;
}

/** Looks at the resident memory of a process until called; by how many MB it grew at most. */
function watchMemory(pid: number): () => Promise<number> {
  const resident = async () => {
    const text = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(text)?.[1]) / 1024;
  };
  const first = resident();
  let most = 0;
  const timer = setInterval(() => void resident().then((now) => (most = Math.max(most, now))), 20);
  return async () => {
    clearInterval(timer);
    return Math.max(0, most - (await first));
  };
}
