import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { completed, pushCommits } from './jobs.ts';
import { median, print } from './report.ts';
import { makeRepository } from './repository.ts';
import { type Places, type Server, scratch, startServer } from './server.ts';

const PAGES = 500;
const JOBS = 500;
const SLOTS = 4;
/** Each with and without the pages, in turn: what else the machine does meets both. */
const ROUNDS = 3;

/** Jobs that do nothing while 500 pages follow what happens, against the same with none. */
export async function benchPagesOpen(places: Places): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '0'], 'defaults: { max_commits: 2000 }\n');
  const runner = startRunner(places, server);
  const rates = { none: [] as number[], many: [] as number[] };
  try {
    const path = join(folder, 'app');
    await makeRepository(path, { 'ci.sh': '#!/bin/sh\nexit 0\n' });
    await server.cli('install-hook', path);
    let done = await through(server, path, 0, SLOTS);
    for (let round = 0; round < ROUNDS; round += 1) {
      rates.none.push(await rateOf(server, path, done));
      done += JOBS;
      const pages = await openPages(places, server);
      rates.many.push(await rateOf(server, path, done));
      done += JOBS;
      await ended(pages);
    }
  } finally {
    await ended(runner);
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
  print({
    name: `jobs that do nothing, ${SLOTS} slots, while ${PAGES} pages are open`,
    value: median(rates.many),
    floor: median(rates.none),
    unit: 'jobs/s',
    bound: { atLeast: 0.9 },
    note: `${JOBS} jobs, medians of ${ROUNDS}; floor: the same with no page open; the pages read on the same cores`,
  });
}

function startRunner(places: Places, { home, dispatcher }: Server) {
  const bin = join(places.root, 'bin', 'signalbox.mjs');
  const args = ['--name', 'bench', '--slots', String(SLOTS), '--home', home, '--dispatcher', dispatcher];
  return spawn(process.execPath, [bin, 'runner', ...args, '--log-level', 'warn'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

async function openPages(places: Places, server: Server) {
  const args = [join(places.bench, 'floor-readers.mjs'), new URL(server.http).port, String(PAGES)];
  const pages = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(pages.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
  return pages;
}

async function ended(child: ReturnType<typeof spawn>): Promise<void> {
  child.kill('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

/** Jobs a second of one push. */
async function rateOf(server: Server, path: string, before: number): Promise<number> {
  const began = performance.now();
  await through(server, path, before, JOBS);
  return JOBS / ((performance.now() - began) / 1000);
}

/** Pushes so many commits and waits for their verdicts; how many there are then. */
async function through(server: Server, path: string, before: number, count: number): Promise<number> {
  await pushCommits(path, count);
  await completed(server.http, before + count);
  return before + count;
}
