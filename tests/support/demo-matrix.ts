import type { TestCase } from '../../src/model/findings.ts';
import type { LogStore } from '../../src/store/log-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createExpander } from '../../src/workflow/expander.ts';
import { SETTINGS } from './definitions.ts';
import { demoSha } from './demo-graphs.ts';
import { newRepository, pushOf, resultOf } from './store.ts';
import { definitionOf } from './workflow.ts';

/** What expands the workflow file of the demo. */
export const demoExpander = createExpander(SETTINGS);

/** A workflow file with what a graph can have: needs, a matrix of two axes, another of one, and what comes after all. */
const WORKFLOW = `
name: CI
on: push
jobs:
  lint: { runs-on: linux, steps: [{ run: make lint }] }
  build: { runs-on: linux, steps: [{ run: make }] }
  typecheck: { runs-on: linux, steps: [{ run: make types }] }
  unit:
    needs: build
    runs-on: linux
    strategy: { fail-fast: false, matrix: { node: [20, 22, 24], db: [sqlite, postgres] } }
    steps: [{ run: make test }]
  e2e:
    needs: unit
    runs-on: linux
    strategy: { matrix: { browser: [chromium, firefox] } }
    steps: [{ run: make e2e }]
  preview: { needs: [e2e, lint, typecheck], runs-on: linux, steps: [{ run: make preview }] }
`;

const FAILING: readonly TestCase[] = [
  ['gives up after the third attempt', 142, 'AssertionError: expected 4 to be 3'],
  ['records each attempt with its number', 167, 'AssertionError: expected [ 2, 3, 4 ] to deeply equal [ 1, 2, 3 ]'],
].map(([name, line, message]) => ({
  ...{ suite: 'retry policy', name: String(name), file: 'src/payments/retry.test.ts', line: Number(line) },
  ...{ message: String(message), conclusion: 'failure' as const, durationMs: 12 },
}));
const LOG = [
  '$ make test',
  ...Array.from({ length: 1_200 }, (_, at) => ` ✓ case ${at}`),
  ...FAILING.map(({ name, message }) => ` ✗ ${name}\n   ${message}`),
  '',
].join('\n');

/** How long a push is on each leg of its way to the dispatcher, in minutes. */
const HOOK_TAKES = 0.00018;

/** Runs of {@link WORKFLOW}, the oldest first: one that passed, and two that failed the same way. */
export async function addMatrixRuns(store: Store, logs: LogStore, now: Date): Promise<void> {
  const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);
  const sources = ['https://git.example.org/meridian/pricing.git'];
  const { id } = await store.addRepository(newRepository('meridian/pricing', { sources, gitDir: null }), ago(9_000));
  const definition = definitionOf(WORKFLOW);
  const plan = { workflow: 'CI', path: '.github/workflows/ci.yml', definition, keyRef: 'refs/heads/main', jobs: [] };
  for (const [at, minutes] of [49, 38, 11].entries()) {
    const author = `${['Priya Raman', 'Ada Bergström', 'Mei Lin'][at]} <x@example.org>`;
    const title = ['Round half to even', 'Count attempts from one', 'Cache the tax table per region'][at] ?? '';
    const sha = demoSha(title);
    const commit = { sha, tree: sha, title, author, committedAt: ago(minutes + HOOK_TAKES), plan };
    await store.dispatch(pushOf(id, [commit], { receivedAt: ago(minutes) }), ago(minutes - HOOK_TAKES));
    for (let jobs = await claim(store, ago(minutes)); jobs.length > 0; jobs = await claim(store, ago(minutes)))
      for (const { job, execution } of jobs) {
        const { name = '' } = (await store.job(job)) ?? {};
        const isBad = at > 0 && name.includes('postgres');
        const key = { job, execution };
        const text = Buffer.from(LOG);
        await logs.append(key, 0, text);
        await store.started(job, execution, ago(minutes - 0.0008));
        const times = { startedAt: ago(minutes - 0.0008), completedAt: ago(minutes - 0.29 - name.length / 12) };
        const conclusion = isBad ? ('failure' as const) : ('success' as const);
        const step = {
          index: 0,
          name: 'make test',
          conclusion,
          ...times,
          exit: { status: isBad ? 2 : 0 },
          logOffset: 0,
        };
        const passed = FAILING.map(({ message: _, ...rest }) => ({ ...rest, conclusion: 'success' as const }));
        const tests = name.startsWith('unit') ? { tests: isBad ? FAILING : passed } : {};
        await store.finish(
          resultOf(job, execution, { conclusion, ...times, logBytes: text.length, steps: [step], ...tests }),
          times.completedAt,
        );
      }
  }
}

function claim(store: Store, now: Date) {
  return store.claim({ runner: 'build-1', labels: ['linux'], leaseMs: 60_000, now }, 20);
}
