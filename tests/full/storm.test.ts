import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, expect, test } from 'vitest';
import { builtProgram } from '../support/build.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const COMMITS = 200;
let bin = '';
beforeAll(async () => {
  ({ bin } = await builtProgram());
});

/** Numbers in [0, 1) that are the same for the same seed, so that a failed storm can be had again. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An `up` that is started again whenever it was killed. */
class Installation implements AsyncDisposable {
  readonly home: string;
  #up: ChildProcess | undefined;
  #http = '';
  kills = 0;

  constructor(home: string) {
    this.home = home;
  }

  async start(): Promise<void> {
    const ports = ['--http', '127.0.0.1:0', '--dispatcher', '127.0.0.1:0', '--log-level', 'error'];
    const args = [bin, 'up', '--json', '--no-sample', '--home', this.home, '--runners', '2', '--poll', '1', ...ports];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#up = child;
    for await (const line of createInterface(child.stdout)) {
      this.#http = JSON.parse(line).http;
      return;
    }
    throw new Error('up ended before it was ready');
  }

  async get(
    path: string,
  ): Promise<{ runs: { number: number; sha: string; status: string; conclusion: string }[]; next: unknown }> {
    return (await fetch(`${this.#http}${path}`)).json() as never;
  }

  /** Every process of this home: `up`, its runners, and what their jobs started. */
  async processes(): Promise<number[]> {
    const found: number[] = [];
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
      const command = await readFile(`/proc/${name}/cmdline`, 'latin1').catch(() => '');
      const environment = await readFile(`/proc/${name}/environ`, 'latin1').catch(() => '');
      const isOurs = command.includes(this.home) || environment.includes(this.home);
      if (isOurs && !command.startsWith('git')) found.push(Number(name));
    }
    return found;
  }

  /** Kills one process at random, and starts `up` again if it was that. */
  async killOne(random: () => number): Promise<void> {
    const pids = await this.processes();
    const pid = pids[Math.floor(random() * pids.length)];
    if (pid === undefined) return;
    try {
      process.kill(pid, 'SIGKILL');
      this.kills++;
    } catch {
      return; // it ended by itself meanwhile
    }
    if (pid !== this.#up?.pid) return;
    if (this.#up.exitCode === null && this.#up.signalCode === null) await once(this.#up, 'exit');
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#up?.kill('SIGTERM');
    if (this.#up !== undefined && this.#up.exitCode === null && this.#up.signalCode === null)
      await once(this.#up, 'exit');
    for (const pid of await this.processes()) process.kill(pid, 'SIGKILL');
  }
}

async function commitAll(repository: TestRepository): Promise<string[]> {
  const shas: string[] = [];
  for (let n = 1; n <= COMMITS; n++) shas.push(await repository.commit(`commit ${n}`, { n: `${n}\n` }));
  return shas;
}

async function allRuns(ci: Installation) {
  const runs: Awaited<ReturnType<Installation['get']>>['runs'] = [];
  let before = '';
  for (;;) {
    const page = await ci.get(`/api/runs?limit=100${before}`);
    runs.push(...page.runs);
    if (page.next === null || page.next === undefined || page.runs.length === 0) return runs.reverse();
    before = `&before=${(page.runs.at(-1) as unknown as { id: number }).id}`;
  }
}

async function untilAllCompleted(ci: Installation) {
  const deadline = Date.now() + 240_000;
  for (;;) {
    const runs = await allRuns(ci);
    if (runs.length >= COMMITS && runs.every((run) => run.status === 'completed')) return runs;
    if (Date.now() > deadline) {
      const open = runs.filter((run) => run.status !== 'completed').length;
      throw new Error(`after 240 s there are ${runs.length} runs, ${open} of them not completed`);
    }
    await new Promise((resolve) => setTimeout(resolve, 250)); // the API is asked again; nothing is assumed from time
  }
}

test('200 commits give 200 verdicts in their order, whatever is killed meanwhile', async () => {
  const seed = Number(process.env.STORM_SEED ?? Date.now() % 1_000_000);
  const random = randomOf(seed);
  console.log(`storm seed ${seed}`);
  await using dir = await tempDir();
  await using repository = await createRepository({
    'ci.sh': '#!/bin/sh\nread n < n\n[ $((n % 5)) -ne 0 ]\n',
    n: '1\n',
  });
  await using ci = new Installation(join(dir.path, 'home'));
  await ci.start();
  const installed = spawn(process.execPath, [bin, 'install-hook', repository.path, '--home', ci.home], {
    stdio: 'inherit',
  });
  expect((await once(installed, 'exit'))[0]).toBe(0);

  let isStorming = true;
  const storm = (async () => {
    while (isStorming || ci.kills < 10) {
      await new Promise((resolve) => setTimeout(resolve, 100 + random() * 900)); // the storm is made of random moments
      await ci.killOne(random);
    }
  })();
  const shas = await commitAll(repository);
  isStorming = false;
  await storm;

  const runs = await untilAllCompleted(ci);
  expect(runs.map((run) => run.sha)).toEqual(shas);
  expect(runs.map((run) => run.number)).toEqual(shas.map((_, index) => index + 1));
  expect(runs.map((run) => run.conclusion)).toEqual(
    shas.map((_, index) => ((index + 1) % 5 === 0 ? 'failure' : 'success')),
  );
  const written = async () =>
    (await readdir(join(ci.home, 'test_results'))).filter((name) => /^[0-9a-f]{40}$/.test(name));
  await waitFor('a result file for each commit', async () => (await written()).length >= COMMITS); // jobs went before them
  expect((await written()).sort()).toEqual([...shas].sort());
});
