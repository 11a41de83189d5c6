import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pushCommits } from './jobs.ts';
import { median, print } from './report.ts';
import { makeRepository } from './repository.ts';
import { followEvents, type Places, type Server, scratch, startServer } from './server.ts';

const [JOBS, COMMITS, SLOTS, ROUNDS] = [200, 1_000, 4, 3];
const WORKFLOW = `on: push
jobs:
  leg:
    runs-on: ubuntu-latest
    strategy: { matrix: { a: [${numbers(20)}], b: [${numbers(10)}] } }
    steps: [{ run: 'true', shell: sh }]
`;

/** One run with a matrix of 200 jobs that do nothing, against what the benchmark `jobs` measures: as many commits as there, a found job each. */
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
      const ofPlain = await rateOf(server, plain, COMMITS, COMMITS);
      const ofMatrix = await rateOf(server, matrix, 1, JOBS);
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
      note: `floor: ${COMMITS} commits in one push, a found job each, in the same server`,
    });
  } finally {
    runner.kill('SIGTERM');
    if (runner.exitCode === null) await once(runner, 'exit');
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Pushes so many commits at once, and waits for their verdicts; jobs a second. */
async function rateOf(server: Server, path: string, commits: number, jobs: number): Promise<number> {
  let done = 0;
  const isLast = ({ type }: { type: string }) => type === 'run.completed' && ++done >= commits;
  const over = followEvents(server, isLast); // from now on: the push takes longer than to be heard
  const began = performance.now();
  await pushCommits(path, commits);
  await over;
  return jobs / ((performance.now() - began) / 1000);
}

function numbers(count: number): string {
  return Array.from({ length: count }, (_, at) => at + 1).join(', ');
}
