import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commitOf, newRepository, plannedJob, pushOf, resultOf, shaOf } from '../support/store.ts';
import { leasedJob, runnerStatus, startWeb, type TestWeb, TOKEN } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb();
});
afterEach(() => web[Symbol.asyncDispose]());

describe('runs', () => {
  test('a run has the fields of the interface, with times in milliseconds and UTC', async () => {
    const { run, job } = await leasedJob(web);
    await web.store.started(job, 1, web.clock.now());
    await web.store.finish(resultOf(job, 1), web.clock.now());
    const { runs, next } = (await web.ask('/api/runs')).json<{ runs: unknown[]; next: unknown }>();
    const at = '2026-01-01T00:00:00.000Z';
    expect(next).toBeNull();
    expect(runs).toMatchObject([
      {
        id: run,
        number: 1,
        repository: 'local/app',
        event: 'push',
        sha: shaOf(1),
        title: 'commit 1',
        status: 'completed',
        conclusion: 'success',
        attempt: 1,
        created_at: at,
        dispatched_at: at,
        started_at: at,
        html_url: `http://127.0.0.1:${web.http.address.port}/runs/${run}`,
      },
    ]);
    expect(Object.keys(runs[0] as object)).toEqual(
      expect.arrayContaining([
        'workflow',
        'trigger',
        'sources',
        'ref',
        'author',
        'committed_at',
        'received_at',
        'completed_at',
      ]),
    );
  });

  test('the detail of a run holds its jobs, with steps and executions', async () => {
    const { run, job } = await leasedJob(web);
    await web.store.finish(resultOf(job, 1), web.clock.now());
    expect((await web.ask(`/api/runs/${run}`)).json()).toMatchObject({
      id: run,
      jobs: [
        {
          id: job,
          name: 'test',
          needs: [],
          labels: [],
          runner: 'one',
          status: 'completed',
          conclusion: 'success',
          executions: 1,
          execution_details: [{ number: 1, runner: 'one', outcome: 'finished' }],
          steps: [{ index: 0, status: 'completed' }],
        },
      ],
    });
  });

  test('a waiting job says in words what it waits for', async () => {
    const repository = await web.store.addRepository(newRepository(), web.clock.now());
    const jobs = [plannedJob('build', { labels: ['mac'] }), plannedJob('deploy', { needs: ['build'] })];
    const [run] = await web.store.dispatch(pushOf(repository.id, [commitOf(1, jobs)]), web.clock.now());
    web.runners.push(runnerStatus('one'));
    const detail = (await web.ask(`/api/runs/${run}`)).json<{ jobs: { waiting_for: string }[] }>();
    expect(detail.jobs.map((job) => job.waiting_for)).toEqual([
      expect.stringContaining('no runner has the label mac'),
      'for build of the same run',
    ]);
    expect((await web.ask('/api/queue')).json()).toMatchObject({
      total: 2,
      jobs: [{ name: 'build', run, run_number: 1, waiting_for: expect.stringContaining('mac') }, { name: 'deploy' }],
    });
  });

  test('pages follow each other without a gap', async () => {
    const repository = await web.store.addRepository(newRepository(), web.clock.now());
    const commits = Array.from({ length: 7 }, (_, at) => commitOf(at + 1));
    await web.store.dispatch(pushOf(repository.id, commits), web.clock.now());
    const numbers: number[] = [];
    let before = '';
    for (let page = 0; page < 3; page += 1) {
      const { runs, next } = (await web.ask(`/api/runs?limit=3${before}`)).json<{
        runs: { number: number }[];
        next: number | null;
      }>();
      numbers.push(...runs.map((run) => run.number));
      before = `&before=${next}`;
      if (page === 2) expect(next).toBeNull();
    }
    expect(numbers).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  test('filters take a repository by name or id, and a branch by its short name', async () => {
    const a = await web.store.addRepository(newRepository('acme/sub/app'), web.clock.now());
    const b = await web.store.addRepository(newRepository('acme/other'), web.clock.now());
    await web.store.dispatch(pushOf(a.id, [commitOf(1)]), web.clock.now());
    await web.store.dispatch(pushOf(b.id, [commitOf(2)]), web.clock.now());
    const shas = async (query: string) =>
      (await web.ask(`/api/runs?${query}`)).json<{ runs: { sha: string }[] }>().runs.map((run) => run.sha);
    expect(await shas('repository=acme%2Fsub%2Fapp')).toEqual([shaOf(1)]);
    expect(await shas(`repository=${b.id}`)).toEqual([shaOf(2)]);
    expect(await shas('ref=main')).toHaveLength(2);
    expect(await shas('ref=refs/heads/none')).toEqual([]);
    expect(await shas(`sha=${shaOf(2)}`)).toEqual([shaOf(2)]);
    expect(await shas('status=queued&q=commit%201')).toEqual([shaOf(1)]);
    expect(await shas('repository=nobody')).toEqual([]);
  });

  test.each([
    'status=sleeping',
    'conclusion=maybe',
    'limit=0',
    'limit=101',
    'limit=-1',
    'limit=1e9',
    'before=x',
    'sha=main',
    'nonsense=1',
    'status=queued&status=completed',
    '__proto__=1',
    'constructor=1',
    'q[a]=1',
  ])('the query "%s" is refused with words', async (query) => {
    const answer = await web.ask(`/api/runs?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: 'E_BAD_REQUEST', message: expect.stringMatching(/.{5}/) } });
  });

  test.each([
    '/api/runs/99',
    '/api/jobs/99/log',
    '/api/nothing',
    '/api',
    '/api/',
    '/api/RUNS',
    '/api/runs/',
    '/runs/99',
  ])('GET %s is a 404 in JSON', async (path) => {
    const answer = await web.ask(path);
    expect(answer.status).toBe(404);
    expect(answer.json()).toMatchObject({ error: { code: 'E_NOT_FOUND' } });
  });

  test.each(['/api/runs/abc', '/api/runs/1%2f..', '/api/runs/-1', '/api/runs/99999999999999999999'])(
    '%s is a 400',
    async (path) => {
      expect((await web.ask(path)).status).toBe(400);
    },
  );
});

describe('repositories', () => {
  test('one is added with its secret, listed without it, and removed by its name', async () => {
    const added = await web.change('POST', '/api/repositories', {
      source: '/src/app',
      name: 'acme/deep/app',
      secret: 's3',
    });
    expect(added.status).toBe(201);
    expect(added.json()).toMatchObject({
      name: 'acme/deep/app',
      sources: ['/src/app'],
      secret: 's3',
      webhook_url: `${web.http.url}/webhooks`,
    });
    expect((await web.change('POST', '/api/repositories', { source: '/src/app' })).status).toBe(200);
    const list = await web.ask('/api/repositories');
    expect(list.json()).toMatchObject({ total: 1, repositories: [{ name: 'acme/deep/app' }] });
    expect(list.text).not.toContain('s3');
    expect((await web.ask('/api/repositories/acme%2Fdeep%2Fapp')).status).toBe(200);
    expect((await web.change('DELETE', '/api/repositories/acme%2Fdeep%2Fapp')).status).toBe(200);
    expect((await web.change('DELETE', '/api/repositories/acme%2Fdeep%2Fapp')).status).toBe(404);
  });

  test('one is removed by its id', async () => {
    const { id } = await web.store.addRepository(newRepository(), web.clock.now());
    expect((await web.change('DELETE', `/api/repositories/${id}`)).status).toBe(200);
  });

  test.each([
    ['{"source":""}'],
    ['{"source":"/x","surprise":1}'],
    ['{"source":"/x","__proto__":{"name":"a"}}'],
    ['{"source":["/x"]}'],
    ['[]'],
    ['null'],
    ['{"source":'],
    [''],
  ])('the body %s is refused', async (body) => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const answer = await web.ask('/api/repositories', { method: 'POST', headers, body });
    expect([answer.status, answer.json()]).toMatchObject([400, { error: { code: 'E_BAD_REQUEST' } }]);
    expect(await web.store.repositories()).toEqual([]);
  });

  test('a form, a large and a compressed body are refused, with the token too', async () => {
    const post = (type: string, body: string, more: Record<string, string> = {}) =>
      web.ask('/api/repositories', {
        method: 'POST',
        headers: { authorization: `Bearer ${TOKEN}`, 'content-type': type, ...more },
        body,
      });
    expect((await post('application/x-www-form-urlencoded', 'source=/x')).status).toBe(415);
    expect((await post('text/plain', '{"source":"/x"}')).status).toBe(415);
    expect((await post('application/json', JSON.stringify({ source: 'x'.repeat(70_000) }))).status).toBe(413);
    expect((await post('application/json', 'xx', { 'content-encoding': 'gzip' })).status).toBe(415);
  });
});

test('the address of the API itself leads people to its page, and a browser finds an icon beside its JSON', async () => {
  expect((await web.ask('/api', { headers: { accept: 'text/html,*/*' } })).headers.location).toBe('/api/docs');
  expect((await web.ask('/favicon.ico')).headers.location).toBe('/assets/icon.svg');
});

test('runners are listed, drained, and taken back unless they leave all the same', async () => {
  web.runners.push(runnerStatus('a b/ü'));
  expect((await web.ask('/api/runners')).json()).toMatchObject({
    total: 1,
    runners: [{ name: 'a b/ü', state: 'idle', slots: 2, connected_at: '2026-01-01T00:00:00.000Z' }],
  });
  const path = `/api/runners/${encodeURIComponent('a b/ü')}/drain`;
  expect((await web.change('POST', path)).json()).toMatchObject({ state: 'draining' });
  expect((await web.change('POST', '/api/runners/nobody/drain')).status).toBe(404);
  const back = path.replace(/drain$/, 'resume');
  expect((await web.change('POST', back)).json()).toMatchObject({ state: 'idle', can_resume: false });
  expect((await web.change('POST', '/api/runners/nobody/resume')).status).toBe(404);
  web.runners.push(runnerStatus('leaving', { state: 'draining' }));
  const refused = await web.change('POST', '/api/runners/leaving/resume');
  expect([refused.status, refused.json()]).toMatchObject([409, { error: { code: 'E_RUNNER_LEAVES' } }]);
});

test('a log that retention removed is answered 410, with when and why, and its execution says so', async () => {
  const { run, job } = await leasedJob(web);
  await web.store.finish(resultOf(job, 1), web.clock.now());
  await web.store.retention.strip([run], [], web.clock.now());
  for (const path of [`/api/jobs/${job}/log`, `/api/jobs/${job}/log?follow=1`, `/api/jobs/${job}/log/lines`]) {
    const answer = await web.ask(path);
    expect(answer.status).toBe(410);
    expect(answer.json()).toMatchObject({
      error: {
        code: 'E_LOG_REMOVED',
        message: expect.stringMatching(/^the log was removed on 2\d{3}-\d\d-\d\d by retention/),
      },
    });
  }
  const detail = (await web.ask(`/api/runs/${run}`)).json<{ jobs: { execution_details: object[] }[] }>();
  expect(detail.jobs[0]?.execution_details[0]).toMatchObject({ log_removed_at: web.clock.now().toISOString() });
});

test('an answer has the id of its request: the one that came, if it can be one, else a new one', async () => {
  const idFor = async (id: string) =>
    (await web.ask('/healthz', { headers: { 'x-request-id': id } })).headers['x-request-id'];
  expect(await idFor('of-a-proxy.1')).toBe('of-a-proxy.1');
  for (const bad of ['', 'a b', 'x'.repeat(101), '<script>']) expect(await idFor(bad)).toMatch(/^[0-9a-f-]{36}$/);
  expect((await web.ask('/nowhere')).headers['x-request-id']).toBeDefined();
});

test('the server is alive and ready, and says why it is not', async () => {
  expect((await web.ask('/healthz')).status).toBe(200);
  expect((await web.ask('/readyz')).json()).toEqual({ status: 'ready' });
  await web.store.close();
  web.clock.advance(1_000);
  const answer = await web.ask('/readyz');
  expect([answer.status, answer.json()]).toMatchObject([
    503,
    { error: { code: 'E_NOT_READY', message: expect.stringMatching(/.{5}/) } },
  ]);
  expect((await web.ask('/healthz')).status).toBe(200);
});

describe('logging in', () => {
  test('the link lets one browser in, once, and does not stay in its history', async () => {
    const { url } = (await web.change('POST', '/api/login-links')).json<{ url: string }>();
    const path = url.slice(web.http.url.length);
    expect((await web.ask(path, { method: 'HEAD' })).status).toBe(204);
    expect((await web.ask(path, { headers: { 'sec-purpose': 'prefetch' } })).status).toBe(204);
    const answer = await web.ask(path);
    expect([answer.status, answer.headers.location]).toEqual([303, '/']);
    expect(answer.headers['cache-control']).toBe('no-store');
    const cookie = answer.headers['set-cookie']?.[0] ?? '';
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict$/);
    expect((await web.ask(path)).status).toBe(401);
    const headers = { cookie: cookie.split(';')[0] ?? '', origin: web.http.url, 'content-type': 'application/json' };
    const post = () => web.ask('/api/repositories', { method: 'POST', headers, body: '{"source":"/x"}' });
    expect((await post()).status).toBe(201);
    expect((await web.ask(path, { headers })).status).toBe(303);
  });

  test('a link cannot be made or guessed without the token', async () => {
    expect((await web.ask('/api/login-links', { method: 'POST' })).status).toBe(401);
    for (const path of ['/login', '/login?code=', '/login?code=guess', `/login?code=${TOKEN}`])
      expect((await web.ask(path)).status).toBe(401);
  });
});

describe('every route', () => {
  const changing = [
    ['POST', '/api/repositories'],
    ['DELETE', '/api/repositories/local%2Fapp'],
    ['POST', '/api/runners/one/drain'],
    ['POST', '/api/runners/one/resume'],
    ['POST', '/api/repositories/local%2Fapp/dispatches'],
    ['POST', '/api/deliveries/1/redeliver'],
    ['POST', '/api/login-links'],
  ] as const;
  const reading = [
    '/',
    '/queue',
    '/runners',
    '/api/runs',
    '/api/queue',
    '/api/runners',
    '/api/repositories',
    '/healthz',
    '/login',
  ];
  const tricks = (path: string) => [
    path,
    `/${path}`,
    path.replace('/api', '/%61pi'),
    path.replace('/api', '/api/.'),
    path.replace('/api', '/x/../api'),
    path.replace('/api', '/x/%2e%2e/api'),
    path.replace('/api', '/API'),
    `${path}/`,
    `${path};x`,
    `${path};.jsp`,
    `${path}.json`,
    `${path}%00`,
    `${path}?_method=GET`,
    path.replace('/api/', '/api\\'),
  ];

  test.each(changing)('%s %s changes nothing without credentials, however it is spelled', async (method, path) => {
    await web.store.addRepository(newRepository(), web.clock.now());
    web.runners.push(runnerStatus('one'));
    for (const spelling of tricks(path)) {
      for (const verb of [method, 'PUT', 'PATCH', 'OPTIONS']) {
        const headers = { 'x-http-method-override': 'GET', 'content-type': 'application/json' };
        const answer = await web.ask(spelling, { method: verb, headers, body: '{"source":"/x"}' });
        expect([verb, spelling, answer.status]).toEqual([verb, spelling, 401]);
      }
      const override = { 'x-http-method-override': method, 'x-http-method': method, 'x-method-override': method };
      for (const verb of ['GET', 'HEAD'])
        expect([200, 400, 404, 501]).toContain((await web.ask(spelling, { method: verb, headers: override })).status);
    }
    expect(await web.store.repositories()).toHaveLength(1);
    expect(web.runners[0]?.state).toBe('idle');
  });

  test.each(reading)('%s is refused to foreign names and foreign pages', async (path) => {
    expect((await web.ask(path, { headers: { host: 'evil.example' } })).status).toBe(421);
    expect((await web.ask(path, { headers: { origin: 'null' } })).status).toBe(403);
    expect((await web.ask(path, { headers: { origin: 'http://evil.example' } })).status).toBe(403);
  });

  test('streams are refused to foreign pages, too', async () => {
    for (const path of ['/api/events', '/api/jobs/1/log?follow=1'])
      expect((await web.ask(path, { headers: { origin: 'http://evil.example' } })).status).toBe(403);
  });
});

test('with a public address, links are made with it and its name is answered', async () => {
  await using other = await startWeb({ publicUrl: 'https://ci.example.org/' });
  const { run } = await leasedJob(other);
  const answer = await other.ask(`/api/runs/${run}`, { headers: { host: 'ci.example.org' } });
  expect(answer.json()).toMatchObject({ html_url: `https://ci.example.org/runs/${run}` });
  const { url } = (await other.change('POST', '/api/login-links')).json<{ url: string }>();
  const login = await other.ask(url.slice('https://ci.example.org'.length), { headers: { host: 'ci.example.org' } });
  expect(login.headers['set-cookie']?.[0]).toMatch(/; Secure$/);
});

describe('artifacts', () => {
  test('are listed with their run and come as a zip to be saved', async () => {
    const { run, job } = await leasedJob(web);
    const content = Buffer.from('a zip');
    const digest = createHash('sha256').update(content).digest('hex');
    const expiresAt = new Date('2026-02-01T00:00:00Z');
    const artifact = { job, execution: 1, name: "it's", bytes: content.length, digest, overwrite: false, expiresAt };
    const { id } = await web.store.artifacts.add(artifact, Readable.from([content]), web.clock.now());
    const url = `http://127.0.0.1:${web.http.address.port}/api/artifacts/${id}`;
    expect((await web.ask(`/api/runs/${run}`)).json()).toMatchObject({
      artifacts: [
        { id, name: "it's", size_bytes: 5, digest: `sha256:${digest}`, expires_at: expiresAt.toISOString(), url },
      ],
    });
    const answer = await web.ask(`/api/artifacts/${id}`);
    expect(answer.text).toBe('a zip');
    expect(answer.headers['content-disposition']).toBe("attachment; filename*=UTF-8''it%27s.zip");
    expect((await web.ask('/api/artifacts/77')).status).toBe(404);
    expect((await web.ask(`/runs/${run}`)).text).toContain(`href="/api/artifacts/${id}"`);
  });
});

describe('the culprit', () => {
  /** Commits of main with these conclusions; the ids of their runs. */
  async function branch(...conclusions: ('success' | 'failure' | 'skipped')[]): Promise<readonly number[]> {
    const repository = await web.store.addRepository(newRepository(), web.clock.now());
    const ids: number[] = [];
    for (const [at, conclusion] of conclusions.entries()) {
      const left = commitOf(at + 1, []);
      const commit = conclusion === 'skipped' ? { ...left, tree: null } : commitOf(at + 1);
      ids.push(...(await web.store.dispatch(pushOf(repository.id, [commit]), web.clock.now())));
      const [claimed] = await web.store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: web.clock.now() }, 1);
      if (claimed !== undefined) await web.store.finish(resultOf(claimed.job, 1, { conclusion }), web.clock.now());
    }
    return ids;
  }
  const brokenSince = async (run: number | undefined) =>
    (await web.ask(`/api/runs/${run}`)).json<{ broken_since: unknown }>().broken_since;

  test('a failed run says since which commit its branch was broken, as of then', async () => {
    const [, first, second, green, again] = await branch('success', 'failure', 'failure', 'success', 'failure');
    const culprit = { run: first, sha: shaOf(2), author: 'Ada <ada@example.org>', title: 'commit 2', is_certain: true };
    expect(await brokenSince(first)).toMatchObject({ ...culprit, commits_ago: 0 });
    expect(await brokenSince(second)).toMatchObject({ ...culprit, commits_ago: 1 });
    expect(await brokenSince(green)).toBeNull();
    expect(await brokenSince(again)).toMatchObject({ run: again, is_certain: true });
  });

  test('commits that were left out put the culprit in doubt', async () => {
    const [, , , red] = await branch('success', 'skipped', 'skipped', 'failure');
    expect(await brokenSince(red)).toMatchObject({ run: red, is_certain: false, untested: 2, commits_ago: 0 });
  });

  test('the list of repositories says what is broken, and since when, at once', async () => {
    const verdict = async () =>
      (await web.ask('/api/repositories')).json<{ repositories: { verdict: unknown }[] }>().repositories[0]?.verdict;
    const [, red] = await branch('success', 'failure', 'failure');
    expect(await verdict()).toMatchObject({
      ...{ ref: 'refs/heads/main', state: 'broken', broken_since: { run: red, commits_ago: 1 } },
    });
    const repository = (await web.store.repositories())[0]?.id ?? 0;
    await web.store.dispatch(pushOf(repository, [commitOf(9)]), web.clock.now());
    const [claimed] = await web.store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: web.clock.now() }, 1);
    await web.store.finish(resultOf(claimed?.job ?? 0, 1), web.clock.now());
    expect(await verdict()).toMatchObject({ state: 'green', broken_since: null });
    expect((await web.ask('/api/repositories/local%2Fapp')).json()).toMatchObject({ verdict: { state: 'green' } });
  });

  test('the page of a run names it', async () => {
    const [, , red] = await branch('success', 'failure', 'failure');
    const page = (await web.ask(`/runs/${red}`, { headers: { accept: 'text/html' } })).body.toString();
    expect(page.replace(/<[^>]+>/g, '')).toContain('Broken since 0000000, 1 commit ago, by Ada, 0 s ago');
  });
});
