import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openStore } from '../src/store/open-store.ts';
import { median, print } from './report.ts';
import { git, makeRepository } from './repository.ts';
import { followEvents, type Places, type Server, scratch, startServer } from './server.ts';

const run = promisify(execFile);
const JOBS = 1_000;

/** Jobs that do nothing, through the whole chain, against `spawn` with pipes; then what waiting ones cost. */
export async function benchJobs(places: Places): Promise<void> {
  for (const slots of [1, 4, 8]) await benchSlots(places, slots);
  await benchWaiting();
}

async function benchSlots(places: Places, slots: number): Promise<void> {
  const folder = await scratch();
  const server = await startServer(places, ['--runners', '0'], 'defaults: { max_commits: 2000 }\n');
  const args = [
    'runner',
    '--name',
    'bench',
    '--slots',
    String(slots),
    '--home',
    server.home,
    '--dispatcher',
    server.dispatcher,
  ];
  const bin = join(places.root, 'bin', 'signalbox.mjs');
  const runner = spawn(process.execPath, [bin, ...args, '--log-level', 'warn'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  try {
    const path = join(folder, 'app');
    await makeRepository(path, { 'ci.sh': '#!/bin/sh\nexit 0\n' });
    await server.cli('install-hook', path);
    await pushCommits(path, slots); // each slot has its workspace then
    await completed(server.http, slots);
    const floor = await bareSpawns(places, join(path, 'ci.sh'), slots); // first: afterwards the server writes files for people
    const began = performance.now();
    await pushCommits(path, JOBS);
    await completed(server.http, slots + JOBS);
    const rate = JOBS / ((performance.now() - began) / 1000);
    await assertAllRan(server, slots + JOBS);
    print({
      name: `jobs that do nothing, ${slots} slot${slots > 1 ? 's' : ''}, from the push to the durable verdict`,
      value: rate,
      floor,
      unit: 'jobs/s',
      bound: { atLeast: 0.4 },
      ...(slots === 1
        ? { note: `${JOBS} commits in one push, a job each; floor: spawn with pipes of the same script` }
        : {}),
    });
  } finally {
    runner.kill('SIGTERM');
    if (runner.exitCode === null) await once(runner, 'exit');
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Adds empty commits and moves the branch once, as one push; first under a ref that nobody watches. */
export async function pushCommits(path: string, count: number): Promise<void> {
  const tree = await git(path, 'rev-parse', 'HEAD^{tree}');
  const import_ = spawn('git', ['fast-import', '--quiet', '--force'], {
    cwd: path,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const head = await git(path, 'rev-parse', 'HEAD');
  for (let i = 0; i < count; i++) {
    const from = i === 0 ? `from ${head}\n` : '';
    const now = Math.floor(Date.now() / 1000);
    import_.stdin.write(
      `commit refs/bench/aside\nmark :${i + 1}\ncommitter Ada <ada@example.org> ${now} +0000\ndata 4\nnext\n${from}M 040000 ${tree} \n`,
    );
  }
  import_.stdin.end();
  await once(import_, 'exit');
  const aside = await git(path, 'rev-parse', 'refs/bench/aside');
  await git(path, 'update-ref', 'refs/heads/main', aside);
}

/** Waits until so many runs were completed since the server began. */
export async function completed(http: string, count: number): Promise<void> {
  let seen = 0;
  const isLast = (event: { type: string }) => {
    if (event.type === 'run.completed') seen++;
    return seen >= count;
  };
  await followEvents({ http } as Parameters<typeof followEvents>[0], isLast, 0);
}

/** `spawn` with pipes of the script, `slots` at a time; processes a second. */
async function bareSpawns(places: Places, script: string, slots: number): Promise<number> {
  const args = [join(places.bench, 'floor-spawn.mjs'), script, String(slots), String(JOBS)];
  return Number((await run(process.execPath, args)).stdout);
}

/** A run that was skipped, or whose job failed, would make the figure look better than it is. */
async function assertAllRan(server: Server, count: number): Promise<void> {
  let before = '';
  let ran = 0;
  for (;;) {
    const { runs, next } = await server.get(`/api/runs?conclusion=success&limit=100${before}`);
    ran += runs.length;
    if (next === null || next === undefined) break;
    before = `&before=${runs.at(-1).id}`;
  }
  if (ran !== count) throw new Error(`${ran} of ${count} jobs succeeded`);
}

/** What one job costs in the store (claim, start, finish) with few and with many waiting. */
async function benchWaiting(): Promise<void> {
  const few = await storeCost(10);
  const many = await storeCost(100_000);
  print({
    name: 'claim, start and finish of a job with 100,000 waiting',
    value: many,
    floor: few,
    unit: 'µs',
    bound: { atMost: 1.5 },
    note: 'floor: the same with 10 waiting',
  });
}

async function storeCost(waiting: number): Promise<number> {
  const folder = await scratch();
  const store = await openStore({ path: join(folder, 'signalbox.db') });
  const at = new Date();
  const repository = await store.addRepository(
    { name: 'local/app', sources: ['/app'], gitDir: '/app/.git', secret: 's', baseline: {} },
    at,
  );
  let next = 0;
  const fill = async (count: number) => {
    const shas = Array.from({ length: count }, () => (++next).toString(16).padStart(40, '0'));
    const after = shas.at(-1) ?? '';
    const commits = shas.map((sha) => ({ sha, tree: sha, title: 't', author: 'a', committedAt: at, plan: plan() }));
    const where = { repository: repository.id, event: 'push', ref: 'refs/heads/main', before: after, after };
    await store.dispatch({ ...where, trigger: 'hook', receivedAt: at, commits }, at);
  };
  for (let left = waiting; left > 0; left -= 1000) await fill(Math.min(left, 1000));
  const times: number[] = [];
  for (let round = 0; round < 300; round++) {
    await fill(1);
    const began = performance.now();
    const [job] = await store.claim({ runner: 'bench', labels: [], leaseMs: 30_000, now: new Date() }, 1);
    if (job === undefined) throw new Error('nothing to claim');
    await store.started(job.job, job.execution, new Date());
    const result = { reason: null, exit: { status: 0 }, logBytes: 0, logBytesDropped: 0, steps: [], leftovers: [] };
    const when = { startedAt: new Date(), completedAt: new Date() };
    await store.finish(
      { job: job.job, execution: job.execution, conclusion: 'success', ...result, ...when },
      new Date(),
    );
    times.push((performance.now() - began) * 1000);
  }
  await store.close();
  await rm(folder, { recursive: true, force: true });
  return median(times);
}

function plan() {
  const spec = {
    found: 'ci.sh',
    checkout: true,
    steps: [],
    env: {},
    envPass: [],
    timeoutMs: 1000,
    logLimitBytes: 1000,
    exclusive: false,
  };
  return { workflow: 'tests', keyRef: '', jobs: [{ key: 'ci', name: 'ci', needs: [], labels: [], spec }] };
}
