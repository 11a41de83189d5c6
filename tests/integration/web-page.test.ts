import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DispatchedCommit } from '../../src/store/store.ts';
import { script } from '../../src/web/assets/script.ts';
import { commitOf, newRepository, plannedJob, pushOf, resultOf, SPEC } from '../support/store.ts';
import { leasedJob, runnerStatus, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb();
});
afterEach(() => web[Symbol.asyncDispose]());

const page = async (path: string) => {
  const answer = await web.ask(path, { headers: { accept: 'text/html,*/*' } });
  return { ...answer, words: answer.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ') };
};

const EVIL = `<script>alert(1)</script><img src=x onerror=alert(2)>"'\u202e\u001b]8;;javascript:alert(3)\u0007`;

describe('what others wrote', () => {
  test('is shown as text wherever it stands', async () => {
    const repository = await web.store.addRepository(newRepository(`local/${EVIL}`), web.clock.now());
    const commit: DispatchedCommit = {
      ...commitOf(1, [plannedJob('unit', { name: EVIL, labels: [EVIL] })]),
      title: EVIL,
      author: `${EVIL} <a@example.org>`,
    };
    const push = pushOf(repository.id, [commit], { ref: `refs/heads/${EVIL}` });
    const [run = 0] = await web.store.dispatch(push, web.clock.now());
    web.runners.push(runnerStatus(EVIL, { labels: [EVIL], host: EVIL, version: EVIL }));
    const queue = await page('/queue');
    const [job] = await web.store.claim({ runner: EVIL, labels: [EVIL], leaseMs: 1_000, now: web.clock.now() }, 1);
    await web.logs.append({ job: job!.job, execution: 1 }, 0, Buffer.from(`${EVIL}\n${EVIL}`));
    const step = {
      index: 0,
      name: EVIL,
      conclusion: 'failure',
      startedAt: null,
      completedAt: null,
      exit: null,
      logOffset: 0,
    } as const;
    await web.store.finish(
      resultOf(job!.job, 1, { conclusion: 'failure', reason: EVIL, steps: [step] }),
      web.clock.now(),
    );
    const texts = [
      queue,
      await page('/'),
      await page(`/runs/${run}`),
      await page('/runners'),
      await page(`/?q=${encodeURIComponent(EVIL)}`),
    ];
    for (const { status, text } of texts) {
      expect(status).toBe(200);
      expect(text).toContain('&lt;script&gt;alert(1)');
      expect(text).not.toMatch(/<script>|<img|onerror=alert\(2\)>|\u202e|href="javascript/);
      expect(text.includes('\u001b')).toBe(false);
    }
    const stream = web.events(`/live/jobs/${job!.job}/log?execution=1&offset=0`);
    await stream.next();
    expect(JSON.stringify((await stream.next())?.data)).not.toMatch(/<script|<img|\\u202e|\\u001b/);
    stream.close();
  });

  test('has no way to bring in a script or a style: there are none in the page', async () => {
    const { run } = await leasedJob(web);
    for (const path of ['/', `/runs/${run}`, '/queue', '/runners']) {
      const { text, headers } = await page(path);
      expect(text.match(/<script[^>]*>/g)).toEqual([
        expect.stringMatching(/^<script src="\/assets\/signalbox\.js\?v=[0-9a-f]+">$/),
      ]);
      expect(text).not.toMatch(/<style|style="| on[a-z]+="|(?:src|href)="(?:https?:)?\/\//);
      expect(headers['content-security-policy']).toContain("script-src 'self'; style-src 'self'");
    }
  });
});

describe('the list of runs', () => {
  test('begins with a verdict and lists the newest first, with how long the push was on its way', async () => {
    const { job } = await leasedJob(web);
    await web.store.started(job, 1, new Date('2026-01-01T00:00:00.038Z'));
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure' }), new Date('2026-01-01T00:00:41.000Z'));
    await leasedJob(web, 2);
    const { words, text } = await page('/');
    expect(words).toMatch(/local\/app is broken .*Broken since 0000000 by Ada.*commit 2.*commit 1/);
    expect(text).toContain('aria-label="failed"');
    expect(words).toContain('started in 38 ms');
  });

  test('is filtered by the tabs and the field, and says when nothing fits', async () => {
    await leasedJob(web);
    expect((await page('/?status=queued')).words).toContain('commit 1');
    expect((await page('/?conclusion=failure')).words).toContain('No run fits');
    expect((await page('/?q=')).words).toContain('commit 1');
    expect((await page('/?nonsense=1')).status).toBe(400);
  });

  test('of one repository tells of that one alone, and leads back to all', async () => {
    const { job } = await leasedJob(web);
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure' }), web.clock.now());
    await web.store.addRepository({ ...newRepository(), name: 'local/other', gitDir: '/other' }, web.clock.now());
    const { words, text } = await page('/?repository=local%2Fapp');
    expect(words).toMatch(/Runs ?\/ ?local\/app .*local\/app is broken/);
    expect(text).toContain('href="/?repository=local%2Fapp&amp;conclusion=failure"');
    expect(text).toContain('<input type="hidden" name="repository" value="local/app">');
    expect((await page('/?repository=local%2Fother')).words).not.toContain('is broken');
  });

  test('goes on with older runs', async () => {
    const repository = await web.store.addRepository(newRepository(), web.clock.now());
    const commits = Array.from({ length: 60 }, (_, at) => commitOf(at + 1));
    await web.store.dispatch(pushOf(repository.id, commits), web.clock.now());
    const older = /href="(\/\?[^"]*before=[^"]*)"/.exec((await page('/?repository=local%2Fapp')).text)?.[1] ?? '';
    expect(older).toContain('repository=local%2Fapp');
    expect((await page(older.replaceAll('&amp;', '&'))).words).toContain('commit 10');
  });

  test('says what to do while there is nothing', async () => {
    expect((await page('/')).words).toContain('Connect your first repository');
    await web.store.addRepository(newRepository(), web.clock.now());
    expect((await page('/')).words).toContain('Waiting for the first commit');
  });
});

describe('the page of a run', () => {
  test('shows verdict, way, steps and log, readable without a script', async () => {
    const { run, job } = await leasedJob(web);
    await web.logs.append({ job, execution: 1 }, 0, Buffer.from('one\n\u001b[31mtwo\u001b[0m\nthree'));
    await web.store.started(job, 1, new Date('2026-01-01T00:00:00.014Z'));
    await web.store.finish(
      resultOf(job, 1, { conclusion: 'failure', exit: { status: 3 } }),
      new Date('2026-01-01T00:00:02Z'),
    );
    const { words, text } = await page(`/runs/${run}`);
    expect(words).toMatch(
      /test failed: exit code 3 .*Committed .*Received .*Dispatched .*Started .*14 ms after it was received.*Failed/,
    );
    expect(words).toMatch(/one two three/);
    expect(text).toContain('<b class="f1">two</b>');
    expect(text).not.toContain('data-live');
    expect(text).toMatch(/<title>test failed: exit code 3: local\/app #1 · Signalbox<\/title>/);
  });

  test('says why it waits, and that a runner was lost', async () => {
    const { run, job } = await leasedJob(web);
    await web.store.lose([{ job, execution: 1 }], 'gone', 3, web.clock.now());
    expect((await page(`/runs/${run}`)).words).toContain('no runner is connected; start one with signalbox runner');
    await web.store.claim({ runner: 'two', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
    expect((await page(`/runs/${run}`)).words).toMatch(/two has it.* execution 2 on two/);
    await web.store.finish(resultOf(job, 2), web.clock.now());
    expect((await page(`/runs/${run}`)).words).toMatch(/passed, execution 2 on two/);
  });

  test('that passed after a job had failed does not say that it just passed, nor does the list', async () => {
    const { id } = await web.store.addRepository(newRepository(), web.clock.now());
    const job = plannedJob('unit', { spec: { ...SPEC, retries: 1 } });
    const [run] = await web.store.dispatch(pushOf(id, [commitOf(1, [job])]), web.clock.now());
    for (const conclusion of ['failure', 'success'] as const) {
      const [claimed] = await web.store.claim({ runner: 'r', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
      await web.store.finish(resultOf(claimed!.job, claimed!.execution, { conclusion }), web.clock.now());
    }
    expect((await page(`/runs/${run}`)).words).toMatch(/Passed after retry.*unit passed after retry, execution 2 on r/);
    expect((await page('/')).text).toContain('aria-label="passed after retry"');
    const { runs } = (await web.ask('/api/runs')).json<{ runs: unknown[] }>();
    expect(runs).toMatchObject([{ conclusion: 'success', retried: true }]);
    expect((await web.ask(`/api/runs/${run}`)).json()).toMatchObject({ retried: true, jobs: [{ retried: true }] });
  });

  test('goes on with the log live, without a line lost or doubled', async () => {
    const { run, job } = await leasedJob(web);
    const key = { job, execution: 1 };
    await web.logs.append(key, 0, Buffer.from('one\nhal'));
    const { text } = await page(`/runs/${run}`);
    const live = /data-live="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&') ?? '';
    expect(text).toContain('<p><span>one</span></p><p class="open"><span>hal</span></p>');
    using reader = web.events(live);
    expect(await reader.next()).toMatchObject({ event: 'execution' });
    expect(await reader.next()).toMatchObject({ id: '1:4', data: { done: [], open: 'hal' } });
    await web.logs.append(key, 7, Buffer.from('f\ntwo\n'));
    expect(await reader.next()).toMatchObject({ id: '1:13', data: { done: ['half', 'two'], open: '' } });
    await web.store.finish(resultOf(job, 1, { logBytes: 13 }), web.clock.now());
    expect(await reader.next()).toMatchObject({ event: 'end' });
  });

  test('spares a page that is far behind what rushed by', async () => {
    const { job } = await leasedJob(web);
    const lines = Array.from({ length: 200_000 }, (_, at) => `line ${at}\n`).join('');
    await web.logs.append({ job, execution: 1 }, 0, Buffer.from(lines));
    using reader = web.events(`/live/jobs/${job}/log?execution=1&offset=7`);
    expect(await reader.next()).toMatchObject({ event: 'execution' });
    expect(await reader.next()).toEqual({
      id: undefined,
      event: 'skip',
      data: { bytes: lines.length - 256 * 1_024 - 7 },
    });
    const next = (await reader.next()) as { data: { done: string[] } };
    expect(next.data.done[0]).toMatch(/^line 17\d{4}$/);
  });

  test('shows the end of a long log, and where the whole is', async () => {
    const { run, job } = await leasedJob(web);
    const lines = Array.from({ length: 100_000 }, (_, at) => `line ${at}\n`).join('');
    await web.logs.append({ job, execution: 1 }, 0, Buffer.from(lines));
    const { text, words } = await page(`/runs/${run}`);
    expect(text.length).toBeLessThan(200_000);
    expect(words).toMatch(/only its end is shown here.*Whole log.*line 99999/);
  });
});

test('the queue and the runners are listed with reasons', async () => {
  const { job } = await leasedJob(web);
  const repository = (await web.store.repositories())[0];
  await web.store.dispatch(pushOf(repository!.id, [commitOf(2)]), web.clock.now());
  web.runners.push(
    runnerStatus('one', { state: 'busy', slots: 1, executions: [{ job, execution: 1, since: web.clock.now() }] }),
  );
  expect((await page('/queue')).words).toMatch(
    /1 job waits for 0 s .*local\/app #2, test .*1 of 1 slots are busy; it is next/,
  );
  expect((await page('/runners')).words).toMatch(/1 runner, 1 of 1 slot busy .*Busy.*local\/app #1, test/);
});

test('what is not there is said as a page to people, and as JSON to programs', async () => {
  const answer = await page('/runs/999');
  expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
  expect(answer.words).toContain('there is no run 999');
  expect((await page('/api/runs/999')).headers['content-type']).toMatch(/json/);
  expect((await web.ask('/runs/999')).headers['content-type']).toMatch(/json/);
  expect((await page('/login?code=old')).words).toContain('used already');
});

test('assets are served with their type, and the script is valid', async () => {
  const { text } = await page('/');
  for (const [, path = ''] of text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) {
    const answer = await web.ask(path);
    expect([path, answer.status, answer.headers['x-content-type-options']]).toEqual([path, 200, 'nosniff']);
  }
  expect((await web.ask('/assets/signalbox.js')).headers['content-type']).toMatch(/^text\/javascript/);
  expect(() => new Function(script)).not.toThrow();
});
