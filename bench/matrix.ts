import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { median, print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { followEvents, type Places, type Server, scratch, startServer } from './server.ts';

const [JOBS, SLOTS, ROUNDS] = [200, 4, 3];
const WORKFLOW = `on: push
jobs:
  leg:
    runs-on: ubuntu-latest
    strategy: { matrix: { a: [${numbers(20)}], b: [${numbers(10)}] } }
    steps: [{ run: 'true', shell: sh }]
`;

/** One run with a matrix of 200 jobs that do nothing, against 200 commits with one found job each that does nothing. */
export async function benchMatrix(places: Places): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '0'], 'defaults: { max_commits: 2000 }\n');
  const bin = join(places.root, 'bin', 'signalbox.mjs');
  const where = ['--home', server.home, '--dispatcher', server.dispatcher, '--log-level', 'warn'];
  const args = [bin, 'runner', '--name', 'bench', '--slots', String(SLOTS), ...where];
  const runner = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    const [plain, matrix] = [join(folder, 'plain'), join(folder, 'matrix')];
    await makeRepository(plain, { 'ci.sh': '#!/bin/sh\nexit 0\n' });
    await makeRepository(matrix, { '.github/workflows/ci.yml': WORKFLOW });
    for (const path of [plain, matrix]) await server.cli('install-hook', path);
    const rates = { plain: [] as number[], matrix: [] as number[] };
    for (let round = -1; round < ROUNDS; round++) {
      const ofPlain = await rateOf(server, plain, JOBS);
      const ofMatrix = await rateOf(server, matrix, 1);
      if (round < 0) continue; // each slot has its workspaces then
      rates.plain.push(ofPlain);
      rates.matrix.push(ofMatrix);
    }
    print({
      name: `a matrix of ${JOBS} jobs that do nothing, ${SLOTS} slots, from the push to the verdict`,
      value: median(rates.matrix),
      floor: median(rates.plain),
      unit: 'jobs/s',
      bound: { atLeast: 0.8 },
      note: `floor: ${JOBS} commits in one push, a found job each`,
    });
  } finally {
    runner.kill('SIGTERM');
    if (runner.exitCode === null) await once(runner, 'exit');
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Pushes so many commits at once, and waits for their verdicts; jobs a second. */
async function rateOf(server: Server, path: string, commits: number): Promise<number> {
  const { runs } = await server.get('/api/runs?limit=1');
  const newest = runs[0]?.id ?? 0;
  const began = performance.now();
  await pushCommits(path, commits);
  let done = 0;
  const isLast = (event: { type: string; run?: number | null }) => {
    if (event.type === 'run.completed' && (event.run ?? 0) > newest) done++;
    return done >= commits;
  };
  await followEvents(server, isLast, 0);
  return JOBS / ((performance.now() - began) / 1000);
}

/** Adds empty commits and moves the branch once, as one push. */
async function pushCommits(path: string, count: number): Promise<void> {
  const [tree, head] = [await git(path, 'rev-parse', 'HEAD^{tree}'), await git(path, 'rev-parse', 'HEAD')];
  const importing = spawn('git', ['fast-import', '--quiet', '--force'], {
    cwd: path,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const seconds = Math.floor(Date.now() / 1000);
  for (let at = 1; at <= count; at++) {
    const from = at === 1 ? `from ${head}\n` : '';
    const start = `commit refs/heads/aside\nmark :${at}\ncommitter Ada <ada@example.org> ${seconds} +0000\ndata 4\nnext\n`;
    importing.stdin.write(`${start}${from}M 040000 ${tree} \n`);
  }
  importing.stdin.end();
  await once(importing, 'exit');
  await git(path, 'update-ref', 'refs/heads/main', await git(path, 'rev-parse', 'refs/heads/aside'));
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, at) => at + 1).join(', ');
}
