import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runLines } from '../../src/cli/show.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import type { TestCase } from '../../src/model/findings.ts';
import { runSchema } from '../../src/protocol/api-schema.ts';
import { commitOf, newRepository, pushOf, resultOf, shaOf } from '../support/store.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb();
  await web.store.addRepository(newRepository(), web.clock.now());
});
afterEach(() => web[Symbol.asyncDispose]());

const EVIL = '<script>alert(1)</script>\u001b]0;x\u0007';
const bad = (name: string): TestCase => ({
  ...{ suite: 'cart', name, conclusion: 'failure', durationMs: 12, file: 'tests/cart.test.js', line: 9 },
  message: `AssertionError: 4 is not 3 ${EVIL}\n    at tests/cart.test.js:9:1`,
});
const good = (name: string): TestCase => ({ suite: 'cart', name, conclusion: 'success', durationMs: 3 });

async function runWith(n: number, tests: readonly TestCase[], tree = shaOf(n + 5_000)): Promise<number> {
  const { store, clock } = web;
  const [run = 0] = await store.dispatch(pushOf(1, [{ ...commitOf(n), tree }]), clock.now());
  const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: clock.now() }, 1);
  const conclusion = tests.some((one) => one.conclusion === 'failure') ? 'failure' : 'success';
  await store.finish(resultOf(claimed!.job, 1, { conclusion, tests }), clock.now());
  return run;
}

/** A run with a test that is flaky, one that is not, and 30 more. */
async function brokenRun(): Promise<number> {
  await runWith(1, [bad('totals')], shaOf(9_999));
  await runWith(2, [good('totals')], shaOf(9_999));
  const more = Array.from({ length: 30 }, (_, n) => bad(`other ${n}`));
  return runWith(3, [good('adds'), bad('totals'), bad(`evil ${EVIL}`), ...more]);
}

describe('the API', () => {
  test('gives a run its counts, its failing tests first, and annotations of them', async () => {
    const run = await brokenRun();
    const { tests, annotations } = (await web.ask(`/api/runs/${run}`)).json<{
      tests: { cases: unknown[] };
      annotations: unknown[];
    }>();
    expect(tests).toMatchObject({ total: 33, passed: 1, failed: 32, skipped: 0, flaky: 0 });
    expect(tests.cases).toHaveLength(32);
    expect(tests.cases[0]).toEqual({
      ...{ job: 3, job_name: 'test', execution: 1, suite: 'cart', name: 'totals', conclusion: 'failure' },
      ...{ duration_ms: 12, message: bad('').message, file: 'tests/cart.test.js', line: 9 },
      ...{ flaky: true, recovered: false, new: true, history: { failed: 2, runs: 3, failed_tries: 2, tries: 3 } },
    });
    expect(annotations[0]).toMatchObject({
      ...{ job: 3, level: 'error', title: 'cart: totals', file: 'tests/cart.test.js', line: 9, step: null },
    });
  });

  test('gives all of them in pages, or those of one conclusion', async () => {
    const run = await brokenRun();
    const page = (await web.ask(`/api/runs/${run}/tests?limit=32`)).json<{ tests: { name: string }[] }>();
    expect(page).toMatchObject({ total: 33, next: 32 });
    expect(page.tests[0]).toMatchObject({ name: 'totals', conclusion: 'failure' });
    expect((await web.ask(`/api/runs/${run}/tests?after=32`)).json()).toMatchObject({
      tests: [{ name: 'adds' }],
      next: null,
    });
    expect((await web.ask(`/api/runs/${run}/tests?conclusion=success`)).json()).toMatchObject({ total: 1 });
    expect((await web.ask('/api/runs/99/tests')).status).toBe(404);
    expect((await web.ask(`/api/runs/${run}/tests?limit=1001`)).status).toBe(400);
  });

  test('lists the flaky tests of a repository', async () => {
    await brokenRun();
    const at = '2026-01-01T00:00:00.000Z';
    expect((await web.ask('/api/repositories/local%2Fapp/tests?flaky=1')).json()).toEqual({
      tests: [
        {
          ...{ workflow: 'tests', job: 'test', suite: 'cart', name: 'totals', flaky: true, times: 1 },
          ...{ first_at: at, last_at: at, last_run: 2, history: { failed: 2, runs: 3, failed_tries: 2, tries: 3 } },
        },
      ],
      total: 1,
      next: null,
    });
    expect((await web.ask('/api/repositories/local%2Fapp/tests')).status).toBe(400);
  });

  test('says null of a run without reports', async () => {
    const [run] = await web.store.dispatch(pushOf(1, [commitOf(1)]), web.clock.now());
    expect((await web.ask(`/api/runs/${run}`)).json()).toMatchObject({ tests: null, annotations: [] });
  });
});

test('show lists failing tests before the jobs, with place, first line of the message, and what is flaky', async () => {
  const answer = runSchema.parse((await web.ask(`/api/runs/${await brokenRun()}`)).json());
  const terminal = new Terminal({ write: () => {} }, { write: () => {} }, {});
  const lines = runLines(answer, terminal, new Date());
  const from = lines.findIndex((line) => line.startsWith('  tests '));
  expect(lines.slice(from, from + 5)).toEqual([
    '  tests    32 failed, 1 passed',
    '    ✗ cart › totals  tests/cart.test.js:9',
    '      AssertionError: 4 is not 3 <script>alert(1)</script>',
    '      flaky: failed 2 of its last 3 tries',
    '    ✗ cart › evil <script>alert(1)</script>  tests/cart.test.js:9',
  ]);
  expect(lines).toContain('    and 12 more');
  expect(lines.indexOf('    and 12 more')).toBeLessThan(lines.findIndex((line) => line.includes('✗ test  failed')));
});

test('the page of a run says how many tests failed, and lists them before the jobs', async () => {
  const run = await brokenRun();
  const { text } = await web.ask(`/runs/${run}`, { headers: { accept: 'text/html' } });
  const words = text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  expect(words).toContain('32 tests failed');
  expect(words).toContain('Failing tests 32 of 33');
  expect(words).toContain('tests/cart.test.js:9');
  expect(words).toContain('flaky, failed 2 of its last 3 tries');
  expect(words).toContain('12 more tests');
  expect(text).not.toContain('<script>alert');
  expect(text.indexOf('32 failed')).toBeLessThan(text.indexOf('>Jobs<'));
});
