import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { failureLine } from '../../src/web/failure-line.ts';
import { addGraphRuns } from '../support/demo-graphs.ts';
import { addMatrixRuns, demoExpander } from '../support/demo-matrix.ts';
import { commitOf, newRepository, pushOf, resultOf } from '../support/store.ts';
import { leasedJob, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
const code = ['one', 'two', ...Array.from({ length: 138 }, () => ''), 'before', 'expect(attempts).toBe(3);', 'after'];

beforeEach(async () => {
  web = await startWeb({
    expander: demoExpander,
    clock: systemClock,
    operations: {
      changedFiles: async () => ['src/a.ts', 'package.json', '.github/workflows/ci.yml'],
      fileAt: async (_repository, _sha, path) => (path.endsWith('.ts') ? code.join('\n') : undefined),
    },
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
    expect(words).toMatch(/Broken since [0-9a-f]{7} , 1 commit ago, by Ada Bergström, \d+ min ago/);
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

  test('asks for a person where a stranger wrote it, and tells afterwards who said yes', async () => {
    await addGraphRuns(web.store, web.logs, systemClock.now());
    const [held] = await web.store.runs({ repository: 'meridian/monolith' });
    expect(await wordsOf(held?.id ?? 0)).toMatch(/from a fork: it waits for the approval of a person .* Approve…/);
    expect((await web.ask(`/runs/${held?.id}`, { headers: { accept: 'application/json' } })).json()).toMatchObject({
      data: { pull_url: 'https://git.example.org/meridian/monolith/pulls/381' },
    });
    expect(await wordsOf(held?.id ?? 0)).toMatch(
      /3 files changed 2 to look at first \.github\/workflows\/ci\.yml decides what runs package\.json runs by itself src\/a\.ts/,
    );
    const approve = (by: string) =>
      web.change('POST', `/api/runs/${held?.id}/approve`, { sha: held?.sha, unsandboxed: true, by });
    expect((await approve('Ada')).status).toBe(200);
    expect((await approve('Mei')).json()).toMatchObject({
      error: { code: 'E_NOT_HELD', message: `run #${held?.number} needs no approval: Ada gave it already` },
    });
    const words = await wordsOf(held?.id ?? 0);
    expect(words).toMatch(/Approved by Ada, 0 s ago/);
    expect(words).not.toContain('Approve…');
    expect(words).not.toContain('files changed');
  });

  test('draws the leg of the way that is not over otherwise than those that are', async () => {
    const { run, job } = await leasedJob(web);
    const legsOf = async () => {
      const { body } = await web.ask(`/runs/${run}`, { headers: { accept: 'text/html' } });
      return [...body.toString().matchAll(/<li(?: class="([a-z ]*)")?><b>(\w+)<\/b>/g)].map(([, kind, name]) => [
        name,
        kind,
      ]);
    };
    expect((await legsOf()).slice(-3)).toEqual([
      ['Dispatched', 'open'],
      ['Started', 'queued'],
      ['Verdict', 'queued'],
    ]);
    await web.store.started(job, 1, web.clock.now());
    expect((await legsOf()).slice(-2)).toEqual([
      ['Started', 'wide open'],
      ['Verdict', 'queued'],
    ]);
  });

  test('tells that retention took a log, on its page and on that of the log, and keeps the steps', async () => {
    const { run, job } = await leasedJob(web);
    const exit = { status: 2 };
    const times = { startedAt: web.clock.now(), completedAt: web.clock.now() };
    const step = { index: 0, name: 'make', conclusion: 'failure' as const, ...times, exit, logOffset: 0 };
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure', exit, steps: [step] }), web.clock.now());
    await web.store.retention.strip([run], [], new Date('2026-05-06T00:00:00Z'));
    const words = await wordsOf(run);
    expect(words).toMatch(/Failing step test › make exit code 2 its log was removed by retention/);
    expect(words).toContain('Logs removed on 2026-05-06 by retention');
    const ofLog = await web.ask(`/runs/${run}/jobs/${job}`, { headers: { accept: 'text/html' } });
    expect([ofLog.status, ofLog.text]).toEqual([200, expect.stringContaining('The log was removed on 2026-05-06 by')]);
  });

  test('counts the jobs that workflows called, and not the calls', async () => {
    await addGraphRuns(web.store, web.logs, systemClock.now());
    const runs = await web.store.runs({ repository: 'meridian/monolith' });
    const [calls, legs] = ['Release 2026.11', 'Build for musl, too'].map((title) =>
      runs.findLast((run) => run.title === title),
    );
    expect(await wordsOf(calls?.id ?? 0)).toContain('production / rollout / smoke / pay failed: exit code 2');
    expect(await wordsOf(legs?.id ?? 0)).toMatch(/4 failed, 246 passed check .* 240 more: 240 passed/);
    expect(await wordsOf(calls?.id ?? 0)).toMatch(/16 passed, 1 failed, 2 skipped .*All 19 jobs, with runners/);
  });

  test('is summed up by the job that failed in a called workflow, not by the call', async () => {
    await addGraphRuns(web.store, web.logs, systemClock.now());
    const runs = await web.store.runs({ repository: 'meridian/monolith' });
    const calls = runs.findLast(({ title }) => title === 'Release 2026.11');
    expect(await failureLine(web.store, { id: calls?.id ?? 0, reason: null, conclusion: 'failure' })).toMatchObject({
      message: 'production / rollout / smoke / pay, make: exit code 2',
    });
  });

  test('names the commit at which the first of several workflows broke', async () => {
    await addGraphRuns(web.store, web.logs, systemClock.now());
    const { text } = await web.ask('/repositories/meridian%2Fmonolith', { headers: { accept: 'text/html' } });
    expect(text).toMatch(/since <a class="sha"[^>]* title="Split the tax table"/);
    expect(text).toContain('3 workflows are broken');
    expect(text).toContain('release.yml, last 2 runs'); // not of those that were skipped there
  });

  test('says of which attempt failing tests are while the next one has not ended', async () => {
    const { run, job } = await leasedJob(web);
    const tests = [{ suite: 'a', name: 'adds', conclusion: 'failure' as const, durationMs: 9, message: 'not 3' }];
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure', tests }), web.clock.now());
    expect(await wordsOf(run)).toContain('Failing tests 1 of 1');
    await web.change('POST', `/api/runs/${run}/rerun`, {});
    expect(await wordsOf(run)).toMatch(/Failing tests of attempt 1 1 of 1 .* not 3 attempt 1/);
    await web.store.claim({ runner: 'r', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
    await web.store.finish(resultOf(job, 2, { conclusion: 'failure', tests }), web.clock.now());
    expect(await wordsOf(run)).not.toContain('attempt 1 1 of 1');
  });

  test('says of a job that runs that an only step is told of when it ends', async () => {
    const { run, job } = await leasedJob(web);
    await web.store.started(job, 1, web.clock.now());
    const { text } = await web.ask(`/runs/${run}/jobs/${job}`, { headers: { accept: 'text/html' } });
    expect(text).toContain('an only step is told of when it ends');
  });

  test('offers to rerun what was cancelled as that', async () => {
    const { run } = await leasedJob(web);
    await web.change('POST', `/api/runs/${run}/cancel`, {});
    await web.store.finish(resultOf(1, 1, { conclusion: 'cancelled' }), web.clock.now());
    const words = await wordsOf(run);
    expect(words).toContain('Rerun 1 cancelled job');
    expect(words).not.toContain('failed job');
  });

  test('tells of a commit that could not be tested since which one that is so, and that its jobs are not known', async () => {
    const { id } = await web.store.addRepository(newRepository(), web.clock.now());
    const plan = { jobs: [], error: 'ci.yml:3:5 unknown key run-on' };
    const commits = [1, 2].map((n) => ({ ...commitOf(n), plan: { ...commitOf(n).plan, ...plan } }));
    const [first, second] = await web.store.dispatch(pushOf(id, commits), web.clock.now());
    const words = await wordsOf(second ?? 0);
    expect(words).toMatch(
      /Could not be tested .*unknown key run-on Could not be tested since 0000000 by Ada, on 2026-01-01/,
    );
    expect(words).toContain('Its jobs could not be made out');
    expect(words).not.toContain('nothing to run');
    const { text } = await web.ask(`/runs/${second}`, { headers: { accept: 'text/html' } });
    expect(text).toMatch(new RegExp(`since <a class="sha" href="/runs/${first}"`));
  });

  test('tells who asked for each of its attempts', async () => {
    const { run, job } = await leasedJob(web);
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure' }), web.clock.now());
    for (const by of ['Ada', 'Mei']) {
      await web.change('POST', `/api/runs/${run}/rerun`, { by });
      await web.change('POST', `/api/runs/${run}/cancel`, { by });
    }
    const words = await wordsOf(run);
    expect(words).toMatch(/Attempt 3, asked for by Mei attempt 1 failed .* attempt 2, asked for by Ada, cancelled/);
    expect(words).toContain('cancelled by Mei');
  });

  test('tells the second of two people who press rerun who was first', async () => {
    const { id } = await web.store.addRepository(newRepository(), web.clock.now());
    const [run] = await web.store.dispatch(pushOf(id, [commitOf(1)]), web.clock.now());
    const [claimed] = await web.store.claim({ runner: 'r', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
    await web.store.finish(resultOf(claimed?.job ?? 0, 1, { conclusion: 'failure' }), web.clock.now());
    const rerun = (by?: string) => web.change('POST', `/api/runs/${run}/rerun`, by ? { by } : {});
    expect((await rerun('Ada')).status).toBe(201);
    const second = await rerun();
    expect(second.status).toBe(409);
    expect(second.json()).toMatchObject({
      error: { code: 'E_RUN_NOT_COMPLETED', message: expect.stringMatching(/^Ada started this rerun \d s ago; /) },
    });
  });
});
