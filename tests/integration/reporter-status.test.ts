import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ForgeSettings } from '../../src/config/config.ts';
import type { Trigger } from '../../src/model/push.ts';
import { Api } from '../../src/protocol/api.ts';
import { Reporter } from '../../src/reporter/reporter.ts';
import { StatusSink } from '../../src/reporter/status/status-sink.ts';
import { STATUS_KIND, StatusTeller } from '../../src/reporter/status/status-teller.ts';
import { tokenIn } from '../../src/reporter/token-file.ts';
import { systemClock } from '../../src/support/clock.ts';
import { createLogger } from '../../src/support/logger.ts';
import { type FakeForge, startForge } from '../support/fake-forge.ts';
import { commitOf, newRepository, plannedJob, pushOf, resultOf, shaOf } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { startWeb, TOKEN } from '../support/web.ts';

const SECRET_TOKEN = 'forge-token-0123456789';

/** A forge, a server and a reporter between them. */
async function startAll(kind: ForgeSettings['kind'], sources = (forge: FakeForge) => [`${forge.url}/acme/app.git`]) {
  const dir = await tempDir('signalbox-status-');
  const forge = await startForge();
  const web = await startWeb();
  const tokenFile = join(dir.path, 'token');
  await writeFile(tokenFile, `${SECRET_TOKEN}\n`);
  const settings = {
    kind,
    url: forge.url,
    api: `${forge.url}/api`,
    tokenFile,
    user: null,
    hasStatuses: true,
    allow: [],
    webhookSecretFile: null,
  };
  const repository = await web.store.addRepository(
    newRepository('acme/app', { sources: sources(forge) }),
    web.clock.now(),
  );
  const sink = new StatusSink({
    ...{ forges: [settings], clock: systemClock },
    credential: async () => ({ token: await tokenIn(tokenFile), from: tokenFile, isApp: false }),
  });
  const reporter = new Reporter({
    ...{ home: dir.path, clock: systemClock, logger: createLogger('silent') },
    ...{ tellers: [new StatusTeller(async () => [settings])], sinks: new Map([[STATUS_KIND, sink]]) },
    summaryMs: 20,
    times: { paceMs: 1, firstWaitMs: 20, maxWaitMs: 100, sendMs: 3_000 },
    api: async () => new Api(web.http.url, TOKEN, { authorizesReads: true }),
  });
  await reporter.start();
  const summary = async () => JSON.parse(String((await web.ask('/api/reporter')).body)).reporter;
  await waitFor('the reporter', async () => (await summary()) !== null);
  return {
    ...{ forge, web, dir, tokenFile, summary },
    async push(n = 1, more: { skipped?: string; head?: string } = {}, trigger: Trigger = 'webhook') {
      const jobs = more.skipped === undefined ? [plannedJob()] : [];
      const commit = commitOf(n, jobs);
      const plan = more.skipped === undefined ? commit.plan : { ...commit.plan, skipped: more.skipped };
      const at = web.clock.now();
      const pull = more.head === undefined ? {} : { actor: 'ada', head: more.head };
      await web.store.dispatch({ ...pushOf(repository.id, [{ ...commit, plan, ...pull }]), trigger }, at);
      return commit.sha;
    },
    /** A runner takes the job that waits, and is done with it. */
    async finish(conclusion: 'success' | 'failure' = 'success') {
      const [claimed] = await web.store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: web.clock.now() }, 1);
      if (claimed === undefined) throw new Error('no job waits');
      await web.store.finish(resultOf(claimed.job, claimed.execution, { conclusion }), web.clock.now());
    },
    states: () => forge.requests.map(({ json }) => json.state),
    async [Symbol.asyncDispose]() {
      await reporter.stop();
      await web[Symbol.asyncDispose]();
      await forge[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

test('what was tested as the merge of a pull request is told at the commit that the pull request is at', async () => {
  await using all = await startAll('github');
  const head = shaOf(9);
  await all.push(1, { head });
  await waitFor('pending', () => all.states().includes('pending'));
  await all.finish('failure');
  await waitFor('failure', () => all.states().at(-1) === 'failure');
  expect(new Set(all.forge.requests.map(({ path }) => path.split('/').at(-1)))).toEqual(new Set([head]));
});

test('what is shown at a pull request says nothing at the commit that was tested for it', async () => {
  await using all = await startAll('github');
  const sha = await all.push(1, { head: shaOf(9) });
  await all.finish('failure');
  await waitFor('failure', () => all.states().includes('failure'));
  await all.web.store.dispatch({ ...pushOf(1, [commitOf(1)]), event: 'schedule' }, all.web.clock.now());
  await all.finish('success');
  await waitFor('success', () => all.states().includes('success'));
  const last = all.forge.requests.at(-1);
  expect([last?.path.split('/').at(-1), last?.json.state]).toEqual([sha, 'success']);
});

test('a forge is told that a commit waits and how it ended, with the token, and the log has no token', async () => {
  await using all = await startAll('gitea');
  const sha = await all.push();
  await waitFor('pending', () => all.states().includes('pending'));
  await all.finish('failure');
  await waitFor('failure', () => all.states().at(-1) === 'failure');
  const { method, path, headers, json } = all.forge.requests.at(-1) ?? {};
  expect([method, path, headers?.authorization]).toEqual([
    'POST',
    `/api/repos/acme/app/statuses/${sha}`,
    `token ${SECRET_TOKEN}`,
  ]);
  expect(json).toMatchObject({ context: 'signalbox/tests', description: expect.stringMatching(/^failed/) });
  expect(json?.target_url).toMatch(/\/runs\/1$/);
  const { readFile } = await import('node:fs/promises');
  for (const name of ['reporter.db', 'reporter.db-wal'])
    expect((await readFile(join(all.dir.path, name))).includes(SECRET_TOKEN)).toBe(false);
});

test('GitHub is told through octokit, and a skipped run has passed', async () => {
  await using all = await startAll('github');
  const sha = await all.push(1, { skipped: 'paths: nothing that it is for has changed' });
  await waitFor('success', () => all.states().at(-1) === 'success');
  const { path, headers, json } = all.forge.requests.at(-1) ?? {};
  expect(path).toBe(`/api/repos/acme/app/statuses/${sha}`);
  expect(headers?.authorization).toBe(`token ${SECRET_TOKEN}`);
  expect(json?.description).toBe('skipped: paths: nothing that it is for has changed');
});

test.each(['gitlab', 'bitbucket', 'bitbucket_data_center'] as const)('%s gets its last word too', async (kind) => {
  await using all = await startAll(kind);
  all.forge.answer = kind === 'bitbucket_data_center' ? { status: 204 } : { status: 201, body: {} };
  await all.push();
  await all.finish();
  const last = { gitlab: 'success', bitbucket: 'SUCCESSFUL', bitbucket_data_center: 'SUCCESSFUL' }[kind];
  await waitFor(last, () => all.states().at(-1) === last);
});

test('a repository that is only on this machine is told to nobody', async () => {
  await using all = await startAll('gitea', () => ['/srv/app']);
  await all.push();
  await all.finish();
  const { store, clock } = all.web;
  const named = newRepository('acme/other', { sources: [`${all.forge.url}/acme/other.git`] });
  const other = await store.addRepository(named, clock.now());
  await store.dispatch(pushOf(other.id, [commitOf(2, [plannedJob()])]), clock.now());
  await waitFor('the one after it', () => all.forge.requests.length > 0);
  expect(all.forge.requests.every(({ path }) => path.includes('/acme/other/'))).toBe(true);
});

test('a forge that was down ends in the right state, without the way there', async () => {
  await using all = await startAll('gitea');
  all.forge.answer = { status: 500, body: '<html>Internal Server Error</html>' };
  await all.push();
  await waitFor('a try', () => all.forge.requests.length >= 1);
  await all.finish();
  await waitFor('a summary of it', async () => /500/.test((await all.summary())?.sinks[0]?.error ?? ''));
  const before = all.forge.requests.length;
  all.forge.answer = { status: 201 };
  await waitFor('success', () => all.states().at(-1) === 'success');
  expect(
    all
      .states()
      .slice(before)
      .filter((state) => state === 'pending').length,
  ).toBeLessThanOrEqual(1);
  await waitFor('a sink that is well', async () => (await all.summary())?.sinks[0]?.failing_since === null);
});

test('a forge that hangs, or breaks off, is left after its time', async () => {
  await using all = await startAll('gitlab');
  all.forge.next.push('hang');
  await all.push();
  await waitFor('the next try', () => all.forge.requests.length >= 2);
  expect(all.forge.requests.at(-1)?.json.state).toBe('pending');
});

test('a commit that the forge does not have yet is told when the forge has told of it', async () => {
  await using all = await startAll('gitea');
  all.forge.answer = { status: 404, body: { message: 'commit does not exist' } };
  await all.push(1, {}, 'hook');
  await waitFor('a try', () => all.forge.requests.length === 1);
  await all.finish();
  await waitFor('another', () => all.states().at(-1) === 'success');
  all.forge.answer = { status: 201 };
  await all.push(1, {}, 'webhook');
  await waitFor('the commit is there', () => all.states().filter((state) => state === 'success').length === 2);
});

test('what a forge refuses for good is given up, in words, and a token that is put right counts at once', async () => {
  await using all = await startAll('gitea');
  all.forge.next.push({ status: 422, body: { message: 'context is too strange' } });
  await all.push();
  await waitFor('a record', async () => (await all.summary())?.given_up.length === 1);
  expect((await all.summary()).given_up[0]).toMatchObject({
    repository: 'acme/app',
    error: expect.stringContaining('context is too strange'),
  });
  await writeFile(all.tokenFile, 'other-token-0123456789');
  await all.finish();
  await waitFor('the end', () => all.states().at(-1) === 'success');
  expect(all.forge.requests.at(-1)?.headers.authorization).toBe('token other-token-0123456789');
});

test('GitHub asks to wait and is not asked again before', async () => {
  await using all = await startAll('github');
  all.forge.next.push({
    status: 403,
    headers: { 'retry-after': '3600' },
    body: { message: 'You have exceeded a secondary rate limit' },
  });
  await all.push();
  await waitFor('words', async () => /rate limit/.test((await all.summary())?.sinks[0]?.error ?? ''));
  await all.finish();
  const { sinks } = await all.summary();
  expect(Date.parse(sinks[0].retry_at) - Date.now()).toBeGreaterThan(3_500_000);
  expect(all.forge.requests).toHaveLength(1);
});
