import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DispatchedCommit } from '../../src/store/new-dispatch.ts';
import { commitOf, newRepository, plannedJob, pushOf, resultOf, SPEC } from '../support/store.ts';
import { leasedJob, runnerStatus, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb();
});
afterEach(() => web[Symbol.asyncDispose]());

const page = async (path: string) => {
  const answer = await web.ask(path, { headers: { accept: 'text/html,*/*' } });
  const shown = answer.text.replace(/<script type="application\/json".*?<\/script>/s, '');
  return { ...answer, words: shown.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ') };
};

const EVIL = `<script>alert(1)</script><img src=x onerror=alert(2)>"'\u202e\u001b]8;;javascript:alert(3)\u0007`;

test('where nothing was tested yet the list of runs says what will be there, and not that nothing fits', async () => {
  expect((await page('/runs')).words).toContain('Each commit that is tested, and each that is not, is listed here.');
  expect((await page('/runs?q=x')).words).toContain('No run fits');
});

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
      await page(`/runs?q=${encodeURIComponent(EVIL)}`),
      await page(`/runs/${run}/jobs/${job!.job}`),
    ];
    for (const { status, text } of texts) {
      expect(status).toBe(200);
      expect(text).toContain('&lt;script>alert(1)');
      expect(text).not.toMatch(/<script>|<img|\u202e|href="javascript/);
      expect(text.includes('\u001b')).toBe(false);
    }
  });

  test('has no way to bring in a script or a style: there are none in the page', async () => {
    const { run } = await leasedJob(web);
    for (const path of ['/', `/runs/${run}`, '/queue', '/runners']) {
      const { text, headers } = await page(path);
      expect(text.match(/<script[^>]*>/g)).toEqual([
        expect.stringMatching(/^<script type="module" src="\/assets\/start-[\w-]+\.js">$/),
        '<script type="application/json" id="page">',
      ]);
      expect(text).not.toMatch(/<style|style="| on[a-z]+="|(?:src|href)="(?:https?:)?\/\//);
      expect(headers['content-security-policy']).toContain("script-src 'self'; style-src 'self'");
    }
  });
});

test.each([
  ['signalbox_theme=dark', '<html lang="en" data-theme="dark">'],
  ['a=1; signalbox_theme=light; b=2', '<html lang="en" data-theme="light">'],
  ['signalbox_theme="><script>', '<html lang="en">'],
])('a page has the colours that the browser has chosen (%s) before any script runs', async (cookie, begins) => {
  expect((await web.ask('/queue', { headers: { accept: 'text/html', cookie } })).text).toContain(begins);
});

describe('home', () => {
  test('begins with a verdict, and tells of each repository where it fails since when', async () => {
    const { id } = await web.store.addRepository(newRepository(), web.clock.now());
    const commits = [commitOf(1), commitOf(2)];
    await web.store.dispatch(pushOf(id, commits), web.clock.now());
    const claimed = await web.store.claim({ runner: 'r', labels: [], leaseMs: 1_000, now: web.clock.now() }, 2);
    const failed = { suite: 's', name: 'adds', file: 'src/add.test.ts', line: 7, message: 'expected 4 to be 3\nmore' };
    const tests = [{ ...failed, conclusion: 'failure' as const, durationMs: 1 }];
    const ends = new Map([
      [1, {}],
      [2, { conclusion: 'failure' as const, tests }],
    ]);
    for (const { job, run } of claimed)
      await web.store.finish(resultOf(job, 1, ends.get(run.number) ?? {}), new Date('2026-01-01T00:01:00Z'));
    const { words, text } = await page('/');
    expect(words).toMatch(
      /app is broken .*local\/ app .*Broken since 0000000 by Ada add\.test\.ts:7 expected 4 to be 3/,
    );
    expect(text).toContain('aria-label="Last 2 commits: 1 passed, 1 failed"');
    const { repositories } = (await web.ask('/api/home')).json<{ repositories: unknown[] }>();
    expect(repositories).toMatchObject([
      {
        ...{
          name: 'local/app',
          ref: 'refs/heads/main',
          state: 'broken',
          commits: ['success', 'failure'],
          first_bad: 1,
        },
        ...{
          failure: { file: 'src/add.test.ts', line: 7, message: 'expected 4 to be 3' },
          running: null,
          waiting: null,
        },
        branches: [{ name: 'main', state: 'failure' }],
      },
    ]);
    expect((await web.ask(`/api/repositories/${id}/commits`)).json()).toMatchObject({
      commits: [
        { title: 'commit 1', state: 'success', duration_ms: 1_000 },
        { title: 'commit 2', state: 'failure' },
      ],
    });
  });

  test('knows what runs, for how long it usually does, and what waits for what', async () => {
    const { id } = await web.store.addRepository(newRepository(), web.clock.now());
    const one = async (n: number) => {
      await web.store.dispatch(pushOf(id, [commitOf(n)]), web.clock.now());
      const [job] = await web.store.claim({ runner: 'r', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
      await web.store.started(job!.job, 1, web.clock.now());
      return job!.job;
    };
    await web.store.finish(resultOf(await one(1), 1), new Date('2026-01-01T00:00:09Z'));
    await page('/'); // what is kept in memory is given up when something happens
    await one(2);
    await web.store.dispatch(pushOf(id, [commitOf(3)]), web.clock.now());
    const { repositories } = (await web.ask('/api/home')).json<{ repositories: unknown[] }>();
    expect(repositories).toMatchObject([
      {
        ...{ state: 'green', commits: ['success', 'in_progress', 'queued'], first_bad: null },
        running: { number: 2, branch: 'main', usual_ms: 2_000, others: 0 },
        waiting: { jobs: 1, reason: expect.stringContaining('no runner is connected') },
      },
    ]);
    expect((await page('/')).words).toMatch(/app is green .*#2 main 2 s left/);
  });

  test('says what to do while there is nothing', async () => {
    const empty = await page('/');
    expect(empty.words).toMatch(
      /Connect your first repository .*in the settings .*GitHub Gitea Forgejo GitLab Bitbucket/,
    );
    expect(empty.text).toContain('href="/settings"');
    await web.store.addRepository(newRepository(), web.clock.now());
    expect((await page('/')).words).toContain('Waiting for the first commit');
  });
});

describe('the list of runs', () => {
  test('has the newest first, with how long the push was on its way', async () => {
    const { job } = await leasedJob(web);
    await web.store.started(job, 1, new Date('2026-01-01T00:00:00.038Z'));
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure' }), new Date('2026-01-01T00:00:41.000Z'));
    await leasedJob(web, 2);
    const { words, text } = await page('/runs');
    expect(words).toMatch(/commit 2.*commit 1/);
    expect(text).toContain('aria-label="failed"');
    expect(words).toContain('started in 38 ms');
  });

  test('is filtered by the tabs and the field, and says when nothing fits', async () => {
    await leasedJob(web);
    expect((await page('/runs?status=queued')).words).toContain('commit 1');
    expect((await page('/runs?conclusion=failure')).words).toContain('No run fits');
    expect((await page('/runs?q=')).words).toContain('commit 1');
    expect((await page('/runs?nonsense=1')).status).toBe(400);
  });

  test('of one repository tells of that one alone, and leads back to all', async () => {
    const { job } = await leasedJob(web);
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure' }), web.clock.now());
    await web.store.addRepository({ ...newRepository(), name: 'local/other', gitDir: '/other' }, web.clock.now());
    const { words, text } = await page('/repositories/local/app');
    expect(words).toMatch(/Repositories ?\/ ?local\/app .*app is broken/);
    expect(text).toMatch(/<option value="failure"[^>]*>Failed/);
    expect((await page('/repositories/local/other')).words).not.toContain('is broken');
    expect((await page('/repositories/local/none')).status).toBe(404);
  });

  test('goes on with older runs', async () => {
    const repository = await web.store.addRepository(newRepository(), web.clock.now());
    const commits = Array.from({ length: 60 }, (_, at) => commitOf(at + 1));
    await web.store.dispatch(pushOf(repository.id, commits), web.clock.now());
    const older = /href="([^"]*before=[^"]*)"/.exec((await page('/repositories/local/app')).text)?.[1] ?? '';
    expect((await page(older.replaceAll('&amp;', '&'))).words).toContain('commit 10');
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
    const log = await page(`/runs/${run}/jobs/${job}`);
    expect(log.words).toMatch(/test failed .*1 \S+ one 2 \S+ two 3 \S+ three/);
    expect(log.text).toContain('<b class="f1">two</b>');
    const old = await page(`/runs/${run}?job=${job}`);
    expect([old.status, old.headers.location]).toEqual([302, `/runs/${run}/jobs/${job}`]);
    expect(text).toMatch(/<title>test failed: exit code 3: local\/app #1 · Signalbox<\/title>/);
  });

  test('shows the way of a later attempt from where somebody asked for it', async () => {
    const { run, job } = await leasedJob(web);
    await web.store.finish(resultOf(job, 1, { conclusion: 'failure' }), new Date('2026-01-01T00:00:02Z'));
    await web.store.rerun(run, { failedOnly: false }, new Date('2026-01-01T00:01:00Z'));
    const { words } = await page(`/runs/${run}`);
    expect(words).toMatch(/Asked again .*Started .*Verdict/);
    expect(words).not.toMatch(/Received|Dispatched/);
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
    expect((await page('/runs')).text).toContain('aria-label="passed after retry"');
    const { runs } = (await web.ask('/api/runs')).json<{ runs: unknown[] }>();
    expect(runs).toMatchObject([{ conclusion: 'success', retried: true }]);
    expect((await web.ask(`/api/runs/${run}`)).json()).toMatchObject({ retried: true, jobs: [{ retried: true }] });
  });

  test('goes on with the log live, without a line lost or doubled', async () => {
    const { run, job } = await leasedJob(web);
    const key = { job, execution: 1 };
    await web.logs.append(key, 0, Buffer.from('one\nhal'));
    const asked = await web.ask(`/runs/${run}/jobs/${job}`, { headers: { accept: 'application/json' } });
    const { data } = asked.json<{ data: { opening: { total: number } } }>();
    expect(data.opening).toMatchObject({ total: 2, line: null, lines: [{ n: 1 }, { n: 2 }] });
    using reader = web.events(`/live/jobs/${job}/log?execution=1&from=${data.opening.total}`);
    expect(await reader.next()).toMatchObject({ data: { total: 2, lines: [{ n: 2, text: 'hal' }] } });
    await web.logs.append(key, 7, Buffer.from('f\ntwo\n'));
    web.clock.advance(50);
    const lines = [
      { n: 2, text: 'half' },
      { n: 3, text: 'two' },
    ];
    expect(await reader.next()).toMatchObject({ id: '3', data: { total: 3, lines } });
    await web.store.finish(resultOf(job, 1, { logBytes: 13 }), web.clock.now());
    expect(await reader.next()).toMatchObject({ data: { lines: [{ n: 3, text: 'two' }] } });
    expect(await reader.next()).toMatchObject({ event: 'end' });
  });

  test('spares a page that is far behind what rushed by: it asks for what somebody looks at', async () => {
    const { job } = await leasedJob(web);
    const lines = Array.from({ length: 200_000 }, (_, at) => `line ${at}\n`).join('');
    await web.logs.append({ job, execution: 1 }, 0, Buffer.from(lines));
    using reader = web.events(`/live/jobs/${job}/log?execution=1&from=1`);
    const next = (await reader.next()) as { data: { total: number; lines: { n: number }[] } };
    expect([next.data.total, next.data.lines.length, next.data.lines.at(-1)?.n]).toEqual([200_000, 1_000, 200_000]);
  });

  test('opens a long log of a job that runs at its end, and holds no more than people see', async () => {
    const { run, job } = await leasedJob(web);
    const lines = Array.from({ length: 100_000 }, (_, at) => `line ${at}\n`).join('');
    await web.logs.append({ job, execution: 1 }, 0, Buffer.from(lines));
    const { text, words } = await page(`/runs/${run}/jobs/${job}`);
    expect(text.length).toBeLessThan(200_000);
    expect(words).toMatch(/line 99999.*Following the newest line.*lines so far/);
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
  expect((await page('/runners')).words).toMatch(/1 runner, 1 of 1 slot busy .* test 0 s local\/ app #1/);
});

test('what is not there is said as a page to people, and as JSON to programs', async () => {
  const answer = await page('/runs/999');
  expect([answer.status, answer.headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
  expect(answer.words).toContain('There is no run 999');
  expect((await page('/api/runs/999')).headers['content-type']).toMatch(/json/);
  expect((await web.ask('/runs/999')).headers['content-type']).toMatch(/json/);
  expect((await page('/login?code=old')).words).toMatch(/used already.*signalbox open/);
  const { words } = await page('/login');
  expect(words).toMatch(/by a link with a code.*signalbox open/);
  expect(words).not.toContain('used already');
});

test('a page is data, too, for the page that asks again', async () => {
  const answer = await web.ask('/', { headers: { accept: 'application/json' } });
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  expect(answer.headers.vary).toMatch(/Accept/);
  expect(answer.json()).toMatchObject({ page: 'home', frame: { waiting: 0, slots: 0 }, data: { repositories: [] } });
});

test('assets are served with their type, packed, and to be kept', async () => {
  const { text } = await page('/');
  const paths = [...text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(4);
  for (const path of paths) {
    const plain = await web.ask(path);
    const packed = await web.ask(path, { headers: { 'accept-encoding': 'br' } });
    expect([path, plain.status, plain.headers['x-content-type-options']]).toEqual([path, 200, 'nosniff']);
    expect(plain.headers['content-type']).toMatch(/^(?:text\/(?:javascript|css)|image\/svg\+xml)/);
    expect([packed.headers['content-encoding'], packed.headers.vary]).toEqual(['br', 'Accept-Encoding']);
    if (!path.endsWith('icon.svg')) expect(plain.headers['cache-control']).toContain('immutable');
  }
  expect((await web.ask('/assets/manifest.json')).status).toBe(404);
});
