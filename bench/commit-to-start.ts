import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { median, print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { type Places, type Server, scratch, startServer } from './server.ts';

const run = promisify(execFile);
const ROUNDS = 15;

/** From just before `git commit` to the first instruction of the test, against the barest thing that checks out. */
export async function benchCommitToStart(places: Places): Promise<void> {
  for (const [size, fillers] of [
    ['small repository', 0],
    ['1,800 files', 1800],
  ] as const) {
    const folder = await scratch();
    const server = await startServer(places, ['--runners', '1']);
    const floor = await startFloor();
    try {
      const ours = await prepare(folder, 'ours', fillers);
      await server.cli('install-hook', ours.path);
      const bare = await prepare(folder, 'bare', fillers);
      await floor.watch(bare.path, join(folder, 'worktree'));
      const times = await measure(server, ours, bare);
      print({
        name: `git commit to first instruction, ${size}`,
        value: median(times.ours),
        floor: median(times.bare),
        unit: 'ms',
        bound: { atMost: 1.6 },
        note: `floor: hook with a background curl, bare Node server, checkout in a warm worktree, spawn; ${ROUNDS} rounds in turn`,
      });
    } finally {
      floor.stop();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }
}

interface Subject {
  readonly path: string;
  /** Where the test writes when it began, in nanoseconds since 1970. */
  readonly out: string;
}

async function prepare(folder: string, name: string, fillers: number): Promise<Subject> {
  const path = join(folder, name, 'app');
  const out = join(folder, name, 'began');
  await mkdir(join(folder, name), { recursive: true });
  const script = `#!/bin/sh\ndate +%s%N > ${out}.part\nread n < round\nmv ${out}.part ${out}.$n\n`;
  await makeRepository(path, { 'ci.sh': script, round: '0\n' }, fillers);
  return { path, out };
}

async function measure(server: Server, ours: Subject, bare: Subject) {
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let round = -3; round < ROUNDS; round++) {
    for (const which of ['ours', 'bare'] as const) {
      const ms = await commitOnce(which === 'ours' ? ours : bare, round + 4);
      if (round >= 0) times[which].push(ms);
    }
    await settled(server);
  }
  return times;
}

async function commitOnce(subject: Subject, round: number): Promise<number> {
  await writeFile(join(subject.path, 'round'), `${round}\n`);
  await git(subject.path, 'add', '-A');
  const began = performance.timeOrigin + performance.now();
  await git(subject.path, 'commit', '-q', '-m', `round ${round}`);
  const at = await untilWritten(`${subject.out}.${round}`);
  return Number(at) / 1e6 - began;
}

async function untilWritten(path: string): Promise<string> {
  for (let tries = 0; tries < 5000; tries++) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text !== '') return text.trim();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  throw new Error(`${path} was not written within 10 s: the test did not start`);
}

/** Nothing of the former round may run into the next one. */
async function settled(server: Server): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    const { runs } = await server.get('/api/runs?limit=1');
    if (runs[0]?.status === 'completed') break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await new Promise((resolve) => setTimeout(resolve, 150));
}

/** A bare Node server: told by a hook, it moves a warm worktree to HEAD and spawns the test. */
async function startFloor() {
  const trees = new Map<string, string>();
  const server = createServer((request, response) => {
    response.end();
    const tree = trees.get(request.url ?? '');
    if (tree === undefined) return;
    const sha = String(request.headers['x-sha']);
    void run('git', ['-C', tree, 'checkout', '-q', '-f', '--detach', sha]).then(() =>
      spawn('./ci.sh', { cwd: tree, stdio: 'pipe' }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    async watch(path: string, tree: string) {
      await git(path, 'worktree', 'add', '-q', '--detach', tree);
      const key = `/${trees.size}`;
      trees.set(key, tree);
      const hook = join(path, '.git', 'hooks', 'post-commit');
      const tell = `curl -q -s -m 5 --noproxy '*' -X POST -H "X-Sha: $sha" http://127.0.0.1:${port}${key}`;
      await writeFile(hook, `#!/bin/sh\nsha=$(git rev-parse HEAD)\n${tell} >/dev/null 2>&1 </dev/null &\n`);
      await chmod(hook, 0o755);
    },
    stop: () => server.close(),
  };
}
