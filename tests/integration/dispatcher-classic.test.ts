import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deferred } from '../../src/support/deferred.ts';
import { ChapterRunner, say } from '../support/chapter.ts';
import { Ci } from '../support/ci.ts';
import { waitFor } from '../support/wait-for.ts';

const PASSED =
  '..\n----------------------------------------------------------------------\nRan 2 tests in 0.001s\n\nOK\n';
const FAILED = 'F\n======\nFAIL: test_a: 1:2\n\nRan 1 test in 0.001s\n\nFAILED (failures=1)\n';

const addressOf = (ci: Ci) => ({ host: '127.0.0.1', port: Number(ci.address.split(':').at(-1)) });

/** Registers a runner; silence, which ends the message, passes on the test's clock. */
async function register(ci: Ci, runner: ChapterRunner): Promise<string> {
  let answer: string | undefined;
  void runner.register().then((text) => {
    answer = text;
  });
  await waitFor('the answer to a registration', async () => {
    ci.clock.advance(50);
    return answer !== undefined;
  });
  return answer ?? '';
}

describe("the chapter's programs", () => {
  test('hear that the dispatcher is there', async () => {
    await using ci = await Ci.start();
    expect(await say(addressOf(ci), 'status')).toBe('OK');
  });

  test('get a commit tested, and its verdict from the text of unittest', async () => {
    await using ci = await Ci.start();
    await using repository = await ci.repository();
    await using runner = new ChapterRunner(addressOf(ci), () => FAILED);
    expect(await register(ci, runner)).toBe('OK');
    const sha = await repository.git('rev-parse', 'HEAD');
    expect(await say(addressOf(ci), `dispatch:${sha}`)).toBe('OK');
    const run = await ci.completed(1);
    expect(run).toMatchObject({ sha, trigger: 'classic', conclusion: 'failure' });
    expect((await ci.show(1)).jobs[0]).toMatchObject({ reason: 'unittest said: FAILED (failures=1)' });
    expect(await ci.testResults(sha, /FAIL: test_a: 1:2/)).toContain('failure');
  });

  test('get the jobs of one commit one after the other, since a result names nothing but the commit', async () => {
    await using ci = await Ci.start();
    await using repository = await ci.repository({
      'package.json': '{"scripts":{"test":"true"}}',
      Makefile: 'test:\n\ttrue\n',
    });
    const results = [deferred<string>(), deferred<string>()];
    const begun: number[] = [];
    const test = () => {
      const turn = begun.push(begun.length) - 1;
      return results[turn]?.promise ?? PASSED;
    };
    await using first = new ChapterRunner(addressOf(ci), test);
    await using second = new ChapterRunner(addressOf(ci), test);
    for (const runner of [first, second]) await register(ci, runner);
    await ci.push(repository);
    const { jobs } = await ci.show(1);
    expect(jobs).toHaveLength(2);
    await waitFor('the first job', async () => begun.length === 1);
    await ci.pass(2_000);
    expect(begun).toHaveLength(1);
    results[0]?.resolve(PASSED);
    await waitFor('the second job', async () => begun.length === 2);
    results[1]?.resolve(FAILED);
    expect(await ci.completed(1)).toMatchObject({ conclusion: 'failure' });
    expect((await ci.show(1)).jobs.map(({ conclusion }) => conclusion)).toEqual(['success', 'failure']);
  });

  test('get results of 5 MB in odd packets through whole', async () => {
    await using ci = await Ci.start();
    await using repository = await ci.repository();
    const gate = deferred<string>();
    await using runner = new ChapterRunner(addressOf(ci), () => gate.promise);
    await register(ci, runner);
    const sha = await repository.git('rev-parse', 'HEAD');
    await say(addressOf(ci), `dispatch:${sha}`);
    await runner.started(sha);
    const text = `${'a:b\n'.repeat(1_250_000)}${PASSED}`;
    expect(await say(addressOf(ci), `results:${sha}:${text.length}:${text}`, 65_521)).toBe('OK');
    expect(await ci.completed(1)).toMatchObject({ conclusion: 'success' });
    const [job] = (await ci.show(1)).jobs;
    const size = await ci.logs.size({ job: job?.id ?? 0, execution: 1 });
    expect(size).toBeGreaterThan(text.length);
    gate.resolve(PASSED);
  });

  test('are told when no known repository has the commit', async () => {
    await using ci = await Ci.start();
    await using _ = await ci.repository();
    expect(await say(addressOf(ci), `dispatch:${'ab'.repeat(20)}`)).toMatch(/^no known repository has the commit/);
  });

  test('are told which setting says whom a runner works for, when there are several repositories', async () => {
    await using ci = await Ci.start();
    await using _one = await ci.repository(undefined, 'acme/one');
    await using _two = await ci.repository(undefined, 'acme/two');
    await using runner = new ChapterRunner(addressOf(ci), () => PASSED);
    expect(await register(ci, runner)).toContain('classic.repository');
  });
});

describe('a classic runner', () => {
  test('that does not answer any more loses its job to another one', async () => {
    await using ci = await Ci.start();
    await using repository = await ci.repository();
    const sha = await repository.git('rev-parse', 'HEAD');
    {
      await using first = new ChapterRunner(addressOf(ci), () => new Promise<string>(() => {}));
      await register(ci, first);
      await ci.push(repository, sha);
      await first.started(sha);
    }
    await using second = new ChapterRunner(addressOf(ci), () => PASSED);
    await register(ci, second);
    await waitFor('the end of the run', async () => {
      ci.clock.advance(2_000);
      return (await ci.show(1)).run.status === 'completed';
    });
    expect((await ci.show(1)).jobs[0]).toMatchObject({ conclusion: 'success', execution: 2 });
  });

  test('that was left with a job by a dispatcher that ended delivers it to the next one', async () => {
    await using ci = await Ci.start();
    await using repository = await ci.repository();
    const sha = await repository.git('rev-parse', 'HEAD');
    await using runner = new ChapterRunner(addressOf(ci), () => new Promise<string>(() => {}));
    await register(ci, runner);
    await ci.push(repository, sha);
    await runner.started(sha);
    await ci.happened('job.started');
    await ci.restart();
    expect(await say(addressOf(ci), `results:${sha}:${PASSED.length}:${PASSED}`)).toBe('OK');
    expect((await ci.completed(1)).conclusion).toBe('success');
    expect((await ci.show(1)).jobs[0]).toMatchObject({ execution: 1 });
  });

  test('that registered once is known to the next dispatcher too', async () => {
    await using ci = await Ci.start();
    await using repository = await ci.repository();
    await using runner = new ChapterRunner(addressOf(ci), () => new Promise<string>(() => {}));
    await register(ci, runner);
    await ci.restart();
    const sha = await repository.git('rev-parse', 'HEAD');
    await ci.push(repository, sha);
    await runner.started(sha);
    expect(await say(addressOf(ci), `results:${sha}:${PASSED.length}:${PASSED}`)).toBe('OK');
    expect((await ci.completed(1)).conclusion).toBe('success');
  });

  test('that says BUSY is asked again when it answers a ping', async () => {
    await using ci = await Ci.start();
    await using repository = await ci.repository();
    await using runner = new ChapterRunner(addressOf(ci), () => PASSED);
    runner.isBusy = true;
    await register(ci, runner);
    await ci.push(repository);
    await ci.happened('job.lost');
    runner.isBusy = false;
    await waitFor('the end of the run', async () => {
      ci.clock.advance(2_000);
      return (await ci.show(1)).run.status === 'completed';
    });
    expect((await ci.show(1)).run.conclusion).toBe('success');
  });
});

test('a classic result that nobody asked for changes nothing and is kept in a file', async () => {
  await using ci = await Ci.start();
  const sha = 'cd'.repeat(20);
  expect(await say(addressOf(ci), `results:${sha}:${PASSED.length}:${PASSED}`)).toBe('OK');
  const strays = await readdir(join(ci.home, 'classic_strays'));
  expect(strays).toHaveLength(1);
  expect(strays[0]).toContain(sha);
});
