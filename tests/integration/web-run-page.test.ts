import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { addMatrixRuns, demoExpander } from '../support/demo-matrix.ts';
import { commitOf, newRepository, pushOf, resultOf } from '../support/store.ts';
import { leasedJob, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
const code = ['one', 'two', ...Array.from({ length: 138 }, () => ''), 'before', 'expect(attempts).toBe(3);', 'after'];

beforeEach(async () => {
  web = await startWeb({
    expander: demoExpander,
    clock: systemClock,
    operations: { fileAt: async (_repository, _sha, path) => (path.endsWith('.ts') ? code.join('\n') : undefined) },
  });
});
afterEach(() => web[Symbol.asyncDispose]());

const wordsOf = async (run: number) => {
  const { body } = await web.ask(`/runs/${run}`, { headers: { accept: 'text/html' } });
  const [page = ''] = body.toString().split('<script type="application/json"');
  return page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
};

describe('the page of a run', () => {
  test('names what failures have in common, once each, with the code and the line of the log', async () => {
    await addMatrixRuns(web.store, web.logs, systemClock.now());
    const [newest, broke, green] = await web.store.runs({});
    const words = await wordsOf(newest?.id ?? 0);
    expect(words).toContain('2 tests failed, all with postgres');
    expect(words).toMatch(/Broken since 0000000 by Ada Bergström, \d+ min ago, 1 commit/);
    expect(words).toContain('This commit adds no new failure');
    expect(words).toMatch(
      /src\/payments\/retry.test.ts:142 failed before, too node 20, 22, 24 with postgres Log, line 1202/,
    );
    expect(words).toContain('142 expect(attempts).toBe(3);');
    expect(words).toContain('6 of 12, in 3 of 11 jobs');
    expect(words).toContain('Rerun 3 failed jobs');
    expect(words).toMatch(/6 passed, 3 failed, 2 skipped \(it needs unit, which failed\)/);
    expect(words).toContain('node 20 node 22 node 24');
    expect(await wordsOf(broke?.id ?? 0)).toContain('new with this commit');
    const calm = await wordsOf(green?.id ?? 0);
    expect(calm).toContain('Passed in');
    expect(calm).not.toContain('Failing');
    expect(calm).toContain('Rerun failed jobs r , not now: No job of this run failed');
  });

  test('shows the lines of a step that failed without a test', async () => {
    const { run, job } = await leasedJob(web);
    const log = Buffer.from(`${'fine\n'.repeat(30)}main.c:3: error: expected ;\nmake: *** [all] Error 2\n`);
    await web.logs.append({ job, execution: 1 }, 0, log);
    const at = web.clock.now();
    const exit = { status: 2 };
    const step = {
      index: 0,
      name: 'make',
      conclusion: 'failure' as const,
      startedAt: at,
      completedAt: at,
      exit,
      logOffset: 0,
    };
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure', exit, steps: [step], logBytes: log.length }), at);
    const words = await wordsOf(run);
    expect(words).toMatch(/Failing step test › make exit code 2 Log, line 31/);
    expect(words).toContain('30 fine 31 main.c:3: error: expected ; 32 make: *** [all] Error 2');
  });

  test('tells the second of two people who press rerun who was first', async () => {
    const { id } = await web.store.addRepository(newRepository(), web.clock.now());
    const [run] = await web.store.dispatch(pushOf(id, [commitOf(1)]), web.clock.now());
    const [claimed] = await web.store.claim({ runner: 'r', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
    await web.store.finish(resultOf(claimed?.job ?? 0, 1, { conclusion: 'failure' }), web.clock.now());
    const rerun = (actor?: string) => web.change('POST', `/api/runs/${run}/rerun`, actor ? { actor } : {});
    expect((await rerun('Ada')).status).toBe(201);
    const second = await rerun();
    expect(second.status).toBe(409);
    expect(second.json()).toMatchObject({
      error: { code: 'E_RUN_NOT_COMPLETED', message: expect.stringMatching(/^Ada started this rerun \d s ago; /) },
    });
  });
});
