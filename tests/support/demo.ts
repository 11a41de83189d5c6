import { createHash } from 'node:crypto';
import type { Conclusion } from '../../src/model/conclusion.ts';
import type { TestCase } from '../../src/model/findings.ts';
import type { PlannedJob } from '../../src/model/plan.ts';
import type { RunnerStatus } from '../../src/model/pool.ts';
import type { FinishedExecution } from '../../src/store/finished-execution.ts';
import type { LogStore } from '../../src/store/log-store.ts';
import type { Store } from '../../src/store/store.ts';
import { DEMO_REPOSITORIES, type DemoBranch, type DemoRepository } from './demo-repositories.ts';
import { newRepository, plannedJob, pushOf, SPEC } from './store.ts';
import { runnerStatus } from './web.ts';

const MINUTE_MS = 60_000;

/** What a demo has been filled with. */
export interface Demo {
  readonly runners: readonly RunnerStatus[];
}

/**
 * Fills a store with repositories in every state that the pages know, as if they had been at work for weeks; what runs
 * now goes on for ever. `now`: everything is told from there. `more`: what is added before the jobs that wait.
 */
export async function fillDemo(store: Store, logs: LogStore, now: Date, more?: () => Promise<void>): Promise<Demo> {
  const filler = new Filler(store, logs, now);
  for (const repository of DEMO_REPOSITORIES) await filler.add(repository);
  await filler.commitAll();
  await more?.();
  await filler.addWaiting();
  return { runners: filler.runners() };
}

/** Between the push and when its jobs are given to a runner. */
const WAITED_MINUTES = 0.0004;

/** How a run is to end; the letters of `demo-repositories.ts`. */
const ENDS: Readonly<Record<string, Conclusion>> = {
  '.': 'success',
  f: 'failure',
  e: 'error',
  t: 'timed_out',
  c: 'cancelled',
  y: 'success',
};

class Filler {
  readonly #store: Store;
  readonly #logs: LogStore;
  readonly #nowMs: number;
  readonly #running: { job: number; execution: number; since: Date }[] = [];
  /** In the order in which they happened, as soon as all are known. */
  readonly #past: { readonly minutes: number; readonly add: () => Promise<void> }[] = [];
  /** What waits comes last: it would be given to a runner else. */
  readonly #waiting: (() => Promise<void>)[] = [];
  #commits = 0;

  constructor(store: Store, logs: LogStore, now: Date) {
    this.#store = store;
    this.#logs = logs;
    this.#nowMs = now.getTime();
  }

  async add(repository: DemoRepository): Promise<void> {
    const baseline = {};
    const local = repository.name.startsWith('local/') ? repository.name.replace('local/', '/home/ada/code/') : null;
    const sources = [local ?? `https://git.example.org/${repository.name}.git`];
    const gitDir = local === null ? null : `${local}/.git`;
    const made = newRepository(repository.name, { sources, gitDir, baseline });
    const { id } = await this.#store.addRepository(made, this.#ago(100 * 24 * 60));
    for (const branch of repository.branches) this.#branch(id, repository, branch);
  }

  async commitAll(): Promise<void> {
    for (const { add } of this.#past.sort((a, b) => b.minutes - a.minutes)) await add();
  }

  async addWaiting(): Promise<void> {
    for (const add of this.#waiting) await add();
  }

  /** Two runners with what runs now in their slots, and three that take nothing. */
  runners(): RunnerStatus[] {
    const at = this.#ago(9 * 60);
    const heard = this.#ago(0);
    const status = (name: string, slots: number, more: Partial<RunnerStatus>) =>
      runnerStatus(name, { slots, connectedAt: at, lastHeardAt: heard, version: '0.1.0', ...more });
    const taken = this.#running.slice(0, 6);
    const rest = this.#running.slice(6, 10);
    return [
      status('build-1', 6, { labels: ['linux', 'x64', 'docker'], state: 'busy', host: '10.0.4.11', executions: taken }),
      status('build-2', 4, {
        labels: ['linux', 'arm64'],
        state: rest.length > 0 ? 'busy' : 'idle',
        host: '10.0.4.12',
        executions: rest,
      }),
      status('gpu-1', 2, {
        labels: ['linux', 'x64', 'gpu'],
        host: '10.0.4.13',
        lowDisk: { folder: '/var/lib/signalbox', freeBytes: 312_000_000, floorBytes: 500_000_000 },
      }),
      status('old-mac', 2, { labels: ['macos-13'], state: 'draining', host: '10.0.4.30' }),
      status('windows-1', 2, { labels: ['windows'], state: 'drained', canResume: true, host: '10.0.4.31' }),
    ];
  }

  #branch(repository: number, demo: DemoRepository, branch: DemoBranch): void {
    const letters = [...branch.commits];
    for (const [at, letter] of letters.entries()) {
      const back = letters.length - 1 - at;
      const spread = branch.isSpread === true ? 1 + back / 12 : 1;
      const usual = branch.agoMinutes + back * (branch.everyMinutes ?? 130) * spread;
      // what runs now is in the middle of it
      const minutes = letter === 'r' ? Math.min(usual, demo.takesMinutes * 0.55) : usual;
      const add = () => this.#commit(repository, demo, branch, letter, minutes, back);
      if (letter === 'q') this.#waiting.push(add);
      else this.#past.push({ minutes, add });
    }
  }

  async #commit(
    repository: number,
    demo: DemoRepository,
    branch: DemoBranch,
    letter: string,
    minutes: number,
    back: number,
  ): Promise<void> {
    const at = this.#ago(minutes);
    this.#commits += 1;
    const sha = createHash('sha1').update(`commit ${this.#commits}`).digest('hex');
    const text = demo.titles[back % demo.titles.length] ?? ['Tidy up', 'Ada Bergström'];
    const [title, author] = back === 0 && branch.title !== undefined ? branch.title : text;
    const jobs = letter === 's' ? [] : jobsOf(demo, letter);
    const why = letter === 's' ? { skipped: 'no file that the workflow concerns was changed' } : {};
    const plan = { workflow: 'CI', keyRef: branch.ref, jobs, ...why };
    const commit = {
      sha,
      tree: sha,
      title,
      author: `${author} <x@example.org>`,
      committedAt: this.#ago(minutes + (demo.name.startsWith('local/') ? 0.0006 : 0.028)),
      plan,
    };
    const ref = `refs/heads/${branch.ref}`;
    const push = {
      ref,
      trigger: demo.name.startsWith('local/') ? ('hook' as const) : ('webhook' as const),
      receivedAt: at,
    };
    const [run = 0] = await this.#store.dispatch(pushOf(repository, [commit], push), this.#ago(minutes - 0.00015));
    if (letter === 'q' || letter === 's') return;
    if (letter === 'c') {
      await this.#store.cancel(run, 'superseded by a newer push', this.#ago(minutes - 0.2));
      return;
    }
    await this.#execute(demo, letter, minutes);
  }

  async #execute(demo: DemoRepository, letter: string, minutes: number): Promise<void> {
    const failing = letter === 'f' || letter === 't' || letter === 'e';
    for (let first = true; ; first = false) {
      const given = this.#ago(minutes - WAITED_MINUTES);
      const request = { runner: 'build-1', labels: ['linux'], leaseMs: 3_600_000, now: given };
      const claimed = await this.#store.claim(request, 20);
      if (claimed.length === 0) return;
      for (const [at, { job, execution, spec }] of claimed.entries()) {
        const startedAt = this.#ago(minutes - WAITED_MINUTES - 0.0013);
        await this.#store.started(job, execution, startedAt);
        if (letter === 'r') {
          this.#running.push({ job, execution, since: startedAt });
          await this.#logs.append({ job, execution }, 0, Buffer.from(runningLog(demo)));
          continue;
        }
        const isBad = failing && at === 0 && first;
        const isRetried = letter === 'y' && at === 0 && first && spec.retries !== undefined;
        const conclusion = isBad || isRetried ? (letter === 'y' ? 'failure' : (ENDS[letter] ?? 'success')) : 'success';
        const takes = demo.takesMinutes * (1 - at * 0.1) * (0.86 + ((job * 37) % 29) / 100);
        const completedAt = this.#ago(minutes - takes);
        await this.#finish(demo, { job, execution, conclusion, startedAt, completedAt });
      }
      if (letter === 'r') return;
    }
  }

  async #finish(
    demo: DemoRepository,
    result: Pick<FinishedExecution, 'job' | 'execution' | 'conclusion' | 'startedAt' | 'completedAt'>,
  ): Promise<void> {
    const { job, execution, conclusion, startedAt, completedAt } = result;
    const log = conclusion === 'success' ? (demo.passLog ?? demo.log) : demo.log;
    const text = Buffer.from(log ?? `$ npm test\n${'ok\n'.repeat(40)}`);
    await this.#logs.append({ job, execution }, 0, text);
    const isGood = conclusion === 'success';
    const exit = { status: isGood ? 0 : 1 };
    const step = { name: 'npm test', index: 1, conclusion, startedAt, completedAt, exit, logOffset: 0 };
    const checkout = {
      name: 'Check out',
      index: 0,
      conclusion: 'success' as const,
      startedAt,
      completedAt: startedAt,
      exit: { status: 0 },
      logOffset: 0,
    };
    await this.#store.finish(
      {
        ...result,
        reason: conclusion === 'error' ? (demo.error ?? 'the workspace could not be made') : null,
        exit,
        logBytes: text.length,
        logBytesDropped: 0,
        leftovers: [],
        steps: [checkout, step],
        ...(demo.failures === undefined || conclusion === 'error'
          ? {}
          : { tests: testsOf(demo.failures, conclusion === 'failure') }),
      },
      completedAt,
    );
  }

  #ago(minutes: number): Date {
    return new Date(this.#nowMs - Math.round(minutes * MINUTE_MS));
  }
}

/** What was said so far, by what runs for a while. */
function runningLog({ passLog }: DemoRepository): string {
  return passLog === undefined ? 'collecting tests\n' : `${passLog.split('\n').slice(0, 1_200).join('\n')}\n`;
}

function jobsOf(demo: DemoRepository, letter: string): PlannedJob[] {
  const labels = letter === 'q' ? (demo.waitsFor ?? ['linux']) : ['linux'];
  const spec = letter === 'y' ? { ...SPEC, retries: 1 } : SPEC;
  return demo.jobs.map((key) => plannedJob(key, { labels, spec }));
}

const CURRENCIES = ['euros', 'yen', 'francs', 'crowns'];
const CASES = [
  'adds an item twice',
  'keeps the basket over a sign-in',
  'rounds the tax once per line',
  'refuses a coupon that is over',
  'shows the delivery window',
  'asks for the address again',
  'sends the receipt once',
  'takes a partial refund',
  'locks the price for a quarter of an hour',
  'says which card was declined',
  'merges two baskets',
];

function testsOf(failures: readonly TestCase[], isBad: boolean): TestCase[] {
  const passed = Array.from({ length: 40 }, (_, at) => ({
    ...{
      suite: 'checkout',
      name: CASES[at % CASES.length] + (at < CASES.length ? '' : `, with ${CURRENCIES[at % CURRENCIES.length]}`),
      conclusion: 'success' as const,
      durationMs: 4 + at * at,
    },
  }));
  const noted = failures.map((test) => {
    const { message: _message, ...rest } = test;
    return isBad ? test : { ...rest, conclusion: 'success' as const };
  });
  return [...noted, ...passed];
}

/** Addresses worth looking at in a demo: one of each page, and a run of each kind. */
export async function demoPaths(store: Store): Promise<readonly string[]> {
  const runs = await store.runs({ repository: 'meridian/checkout-web' });
  const paths: string[] = [];
  for (const conclusion of ['failure', 'success', null] as const) {
    const run = runs.find((one) => one.conclusion === conclusion);
    const jobs = (run && (await store.run(run.id))?.jobs) ?? [];
    if (run !== undefined) paths.push(`/runs/${run.id}`, `/runs/${run.id}/jobs/${jobs[0]?.id}`);
  }
  const [matrix] = await store.runs({ repository: 'meridian/pricing' });
  const graphs = await store.runs({ repository: 'meridian/monolith' });
  for (const run of [matrix, ...graphs]) if (run !== undefined) paths.push(`/runs/${run.id}`);
  const [gone] = (await store.run(graphs.at(-1)?.id ?? 0))?.jobs ?? [];
  if (gone !== undefined) paths.push(`/runs/${gone.runId}/jobs/${gone.id}`);
  return [
    '/',
    '/runs',
    '/repositories/meridian/checkout-web',
    ...paths,
    '/queue',
    '/runners',
    '/deliveries',
    '/settings',
    '/settings?section=webhooks',
    '/settings?section=secrets',
    '/settings?section=notifications',
    '/settings?section=browser',
    '/api/docs',
    '/nowhere',
  ];
}
