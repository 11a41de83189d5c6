import { afterEach, beforeEach, expect, test } from 'vitest';
import { resultOf } from '../support/store.ts';
import { leasedJob, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb();
});
afterEach(() => web[Symbol.asyncDispose]());

/** A job whose second step failed; its log. */
async function failedJob(): Promise<{ readonly run: number; readonly job: number }> {
  const { run, job } = await leasedJob(web);
  const log =
    'installing\n0 problems\n##[group]Run npm test\nnpm test\n##[endgroup]\n × adds\nAssertionError: no\nbye\n';
  await web.logs.append({ job, execution: 1 }, 0, Buffer.from(log));
  const at = web.clock.now();
  const step = (index: number, conclusion: 'success' | 'failure', logOffset: number) => ({
    ...{ index, name: `step ${index}`, conclusion, logOffset },
    ...{ startedAt: at, completedAt: at, exit: { status: conclusion === 'success' ? 0 : 1 } },
  });
  const steps = [step(0, 'success', 0), step(1, 'failure', log.indexOf('##[group]'))];
  await web.store.finish({ ...resultOf(job, 1, { conclusion: 'failure' }), steps, logBytes: log.length }, at);
  await web.logs.seal({ job, execution: 1 });
  return { run, job };
}

test('lines of a log can be asked for by number, also from its end', async () => {
  const { job } = await failedJob();
  const middle = await web.ask(`/api/jobs/${job}/log/lines?from=2&count=2`);
  expect(middle.json()).toMatchObject({
    execution: 1,
    total_lines: 8,
    lines: [
      { n: 2, text: '0 problems' },
      { n: 3, text: '##[group]Run npm test' },
    ],
  });
  const end = await web.ask(`/api/jobs/${job}/log/lines?from=-1`);
  expect(end.json()).toMatchObject({ lines: [{ n: 8, text: 'bye' }] });
});

test('the first lines of a log are sent with its page, wherever it opens', async () => {
  const { run, job } = await leasedJob(web);
  const log = Array.from({ length: 900 }, (_, n) => `line ${n + 1}\n`).join('');
  await web.logs.append({ job, execution: 1 }, 0, Buffer.from(log));
  await web.store.started(job, 1, web.clock.now());
  const sent = async (query: string) => {
    const answer = await web.ask(`/runs/${run}/jobs/${job}${query}`, { headers: { accept: 'application/json' } });
    const { data } = answer.json<{ data: { opening: { lines: { n: number }[] } } }>();
    return data.opening.lines.map(({ n }) => n);
  };
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at);
  expect(await sent('?line=500')).toEqual([...range(1, 10), ...range(400, 699)]);
  expect(await sent('?line=105')).toEqual([...range(1, 4), ...range(5, 304)]);
  expect(await sent('?line=20')).toEqual(range(1, 300));
  expect(await sent('')).toEqual([...range(1, 10), ...range(601, 900)]);
});

/** Where a page of a log opens, and the first and the last line that are sent with it. */
async function openingAt(run: number, job: number, line: number) {
  const answer = await web.ask(`/runs/${run}/jobs/${job}?line=${line}`, { headers: { accept: 'application/json' } });
  const { opening } = answer.json<{ data: { opening: { line: number; lines: { n: number }[] } } }>().data;
  return { line: opening.line, first: opening.lines[0]?.n, last: opening.lines.at(-1)?.n };
}

test('a log that has ended opens at its last line where one beyond it is asked for', async () => {
  const { run, job } = await failedJob();
  expect(await openingAt(run, job, 999_999)).toEqual({ line: 8, first: 1, last: 8 });
});

test('a log that may yet grow to the line that is asked for has its last lines until then', async () => {
  const { run, job } = await leasedJob(web);
  await web.logs.append({ job, execution: 1 }, 0, Buffer.from('one\ntwo\n'));
  await web.store.started(job, 1, web.clock.now());
  expect(await openingAt(run, job, 999_999)).toEqual({ line: 999_999, first: 1, last: 2 });
});

test('the outline says where steps and groups begin, and where the failed step says why', async () => {
  const { job } = await failedJob();
  expect((await web.ask(`/api/jobs/${job}/log/outline`)).json()).toMatchObject({
    ...{ total_lines: 8, is_complete: true, first_failure: 6, failures: [6, 7] },
    steps: [
      { index: 0, line: 1 },
      { index: 1, line: 3 },
    ],
    groups: [{ line: 3, end: 5, lines: 1, title: 'Run npm test' }],
  });
});

test('a search through the whole log tells the lines', async () => {
  const { job } = await failedJob();
  expect((await web.ask(`/api/jobs/${job}/log/search?q=NPM`)).json()).toMatchObject({ lines: [], is_capped: false });
  expect((await web.ask(`/api/jobs/${job}/log/search?q=npm`)).json()).toMatchObject({ lines: [3, 4] });
});

test.each([
  ['lines?from=0', 400],
  ['lines?count=2001', 400],
  ['lines?execution=2', 404],
  ['search', 400],
  ['search?q=', 400],
  ['outline?x=1', 400],
])('%s is answered %s, in words', async (path, status) => {
  const { job } = await failedJob();
  const answer = await web.ask(`/api/jobs/${job}/log/${path}`);
  expect(answer.status).toBe(status);
  expect(answer.json()).toMatchObject({ error: { message: expect.any(String) } });
});
