import { describe, expect, test } from 'vitest';
import type { ForgeSettings } from '../../src/config/config.ts';
import { authorizationOf } from '../../src/config/forge-authorization.ts';
import { forgeOf } from '../../src/config/forge-of.ts';
import { runSchema } from '../../src/protocol/api-schema.ts';
import { askedWait, errorFor, type Refusal } from '../../src/reporter/forge-answer.ts';
import { describeRun, standsFor, stateOf } from '../../src/reporter/status/describe.ts';
import { requestOf } from '../../src/reporter/status/requests.ts';
import { STATUS_STATES, type StatusBody } from '../../src/reporter/status/status-body.ts';

const SHA = 'a'.repeat(40);

function forge(kind: ForgeSettings['kind'], url: string, more: Partial<ForgeSettings> = {}): ForgeSettings {
  return {
    kind,
    url,
    api: `${url}/api`,
    tokenFile: '/token',
    user: null,
    hasStatuses: true,
    allow: [],
    webhookSecretFile: null,
    ...more,
  };
}

function run(more: object = {}) {
  return runSchema.parse({
    ...{ id: 1, number: 1, repository: 'acme/app', workflow: 'ci', event: 'push', trigger: 'webhook', sources: [] },
    ...{ ref: 'refs/heads/main', sha: SHA, title: 't', author: 'ada', status: 'completed', conclusion: 'success' },
    ...{ attempt: 1, html_url: 'http://ci/runs/1', created_at: '2026-01-01T00:00:00.000Z', jobs: [] },
    ...{ started_at: '2026-01-01T00:00:00.000Z', completed_at: '2026-01-01T00:00:12.000Z', ...more },
  });
}

describe('where a repository is at home', () => {
  const forges = [
    forge('github', 'https://github.com'),
    forge('gitea', 'https://example.org/gitea'),
    forge('gitlab', 'https://gitlab.com'),
    forge('bitbucket_data_center', 'https://bb.example.org'),
  ];
  test.each([
    ['https://github.com/acme/app.git', 'acme/app'],
    ['https://user:password@GitHub.com/acme/app', 'acme/app'],
    ['git@github.com:acme/app.git', 'acme/app'],
    ['ssh://git@ssh.github.com:443/acme/app.git', 'acme/app'],
    ['https://example.org/gitea/acme/app.git', 'acme/app'],
    ['git@gitlab.com:acme/group/app.git', 'acme/group/app'],
    ['https://bb.example.org/scm/acme/app.git', 'acme/app'],
    ['ssh://git@bb.example.org:7999/~ada/app.git', '~ada/app'],
    ['https://example.org/acme/app.git', undefined],
    ['https://github.com.evil.org/acme/app.git', undefined],
    ['https://github.com/acme/app/../../x', undefined],
    ['https://github.com/acme', undefined],
    ['/home/ada/app', undefined],
    ['file:///home/github.com/app', undefined],
  ])('%s is %s', (source, path) => {
    expect(forgeOf(['/home/ada/app', source], forges)?.path).toBe(path);
  });
});

describe('what is said of a run', () => {
  test.each([
    [{ conclusion: 'success' }, 'success', 'passed in 12 s'],
    [{ retried: true }, 'success', 'passed after retry in 12 s'],
    [
      { conclusion: 'skipped', reason: 'paths: docs/** did not change' },
      'success',
      'skipped: paths: docs/** did not change',
    ],
    [{ conclusion: 'timed_out' }, 'failure', 'took too long'],
    [{ conclusion: 'cancelled', reason: 'superseded by app#3' }, 'cancelled', 'cancelled: superseded by app#3'],
    [
      { conclusion: 'error', reason: 'no runner\nhas the label x' },
      'error',
      'could not be tested: no runner has the label x',
    ],
    [
      { status: 'queued', conclusion: null, reason: "waits for a person's word" },
      'queued',
      "queued: waits for a person's word",
    ],
    [{ status: 'in_progress', conclusion: null }, 'running', 'running'],
  ])('%j: %s, %s', (more, state, words) => {
    expect(stateOf(run(more))).toBe(state);
    expect(describeRun(run(more))).toBe(words);
  });

  test('a failure names its jobs, and no description is longer than 140 characters', () => {
    const job = (name: string, conclusion: string) => ({
      id: 1,
      name,
      runner: null,
      status: 'completed',
      conclusion,
      executions: 1,
    });
    const jobs = [job('unit', 'failure'), job('lint', 'success'), job('e2e', 'failure')];
    expect(describeRun(run({ conclusion: 'failure', jobs }))).toBe('failed: unit, e2e');
    const long = describeRun(run({ conclusion: 'failure', jobs: [job('😀'.repeat(300), 'failure')] }));
    expect([...long]).toHaveLength(140);
    expect(long.endsWith('…')).toBe(true);
  });

  test('of several runs at a commit the newest of each event and ref count, and of those the worst', () => {
    const runs = [
      run({ id: 5, event: 'pull_request', ref: 'refs/pull/1/merge', conclusion: 'failure' }),
      run({ id: 4 }),
      run({ id: 3, conclusion: 'failure' }),
      run({ id: 2, workflow: 'other', conclusion: 'error' }),
    ];
    expect(standsFor(runs, 'ci')?.id).toBe(5);
    expect(standsFor(runs.slice(1), 'ci')?.id).toBe(4);
    expect(standsFor([run({ id: 7, conclusion: 'skipped', ref: 'refs/heads/x' }), run({ id: 6 })], 'ci')?.id).toBe(6);
    expect(
      standsFor([run({ id: 9, conclusion: 'cancelled', ref: 'x' }), run({ id: 8, conclusion: 'skipped' })], 'ci')?.id,
    ).toBe(9);
    expect(standsFor(runs, 'none')).toBeUndefined();
  });
});

describe('what each forge is sent', () => {
  const body: StatusBody = {
    ...{ forge: 'https://f', path: 'acme/app', sha: SHA, context: 'signalbox/ci', state: 'failure' },
    ...{ description: 'failed: unit', url: 'http://ci/runs/1', ref: 'refs/heads/a/b' },
  };
  const states = (kind: ForgeSettings['kind']) =>
    STATUS_STATES.map((state) => requestOf({ ...body, state }, forge(kind, 'https://f')).json.state);

  test('Gitea and Forgejo', () => {
    expect(requestOf(body, forge('forgejo', 'https://f'))).toEqual({
      url: `https://f/api/repos/acme/app/statuses/${SHA}`,
      json: { state: 'failure', context: 'signalbox/ci', description: 'failed: unit', target_url: 'http://ci/runs/1' },
    });
    expect(states('gitea')).toEqual(['pending', 'pending', 'success', 'failure', 'error', 'error']);
    expect(authorizationOf(forge('gitea', 'https://f'), 't')).toEqual({ authorization: 'token t' });
  });

  test('GitLab, whose groups nest', () => {
    const { url, json } = requestOf({ ...body, path: 'acme/group/app' }, forge('gitlab', 'https://f'));
    expect(url).toBe(`https://f/api/projects/acme%2Fgroup%2Fapp/statuses/${SHA}`);
    expect(json).toMatchObject({ state: 'failed', name: 'signalbox/ci', ref: 'a/b' });
    expect(states('gitlab')).toEqual(['pending', 'running', 'success', 'failed', 'failed', 'canceled']);
    expect(authorizationOf(forge('gitlab', 'https://f'), 't')).toEqual({ 'private-token': 't' });
  });

  test('Bitbucket Cloud, whose keys have 40 characters', () => {
    const { url, json } = requestOf(
      { ...body, context: `signalbox/${'x'.repeat(60)}` },
      forge('bitbucket', 'https://f'),
    );
    expect(url).toBe(`https://f/api/repositories/acme/app/commit/${SHA}/statuses/build`);
    expect(json.key).toMatch(/^signalbox\/x{19}-[0-9a-f]{10}$/);
    expect(states('bitbucket')).toEqual(['INPROGRESS', 'INPROGRESS', 'SUCCESSFUL', 'FAILED', 'FAILED', 'STOPPED']);
    expect(authorizationOf(forge('bitbucket', 'https://f', { user: 'ada' }), 't').authorization).toBe('Basic YWRhOnQ=');
  });

  test('Bitbucket Data Center', () => {
    const { url, json } = requestOf({ ...body, path: '~ada/app' }, forge('bitbucket_data_center', 'https://f'));
    expect(url).toBe(`https://f/api/projects/~ada/repos/app/commits/${SHA}/builds`);
    expect(json).toMatchObject({ key: 'signalbox/ci', ref: 'refs/heads/a/b' });
    expect(states('bitbucket_data_center').at(-1)).toBe('CANCELLED');
    expect(authorizationOf(forge('bitbucket_data_center', 'https://f'), 't').authorization).toBe('Bearer t');
  });
});

describe('what a refusal of a forge means', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const refusal = (status: number, more: Partial<Refusal> = {}): Refusal => ({
    ...{
      host: 'f',
      what: 'the status of acme/app@1',
      status,
      headers: {},
      body: '{}',
      attempt: 1,
      credential: '/t',
      now,
    },
    ...more,
  });
  const said = (message: string) => ({ body: JSON.stringify({ message }) });

  test.each([
    [429, { headers: { 'retry-after': '7' } }, 'SinkDownError', 7_000],
    [429, {}, 'SinkDownError', 60_000],
    [
      403,
      { headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(+now / 1_000 + 60) } },
      'SinkDownError',
      61_000,
    ],
    [403, said('You have exceeded a secondary rate limit'), 'SinkDownError', 60_000],
    [403, said('Resource not accessible by personal access token'), 'GiveUpError', undefined],
    [401, said('Bad credentials'), 'SinkDownError', undefined],
    [404, {}, 'RetryLaterError', 60_000],
    [422, said('No commit found for SHA: aaa'), 'RetryLaterError', 60_000],
    [422, said('This SHA and context has reached the maximum number of statuses.'), 'GiveUpError', undefined],
    [500, { body: '<html>oops' }, 'RetryLaterError', undefined],
    [503, { headers: { 'retry-after': 'Thu, 01 Jan 2026 00:02:00 GMT' } }, 'RetryLaterError', 120_000],
    [200, { body: '<html>login' }, 'RetryLaterError', undefined],
    [302, { headers: { location: 'https://elsewhere.org/x?token=1' } }, 'GiveUpError', undefined],
    [400, {}, 'GiveUpError', undefined],
  ])('%i %j: %s', (status, more, name, afterMs) => {
    const error = errorFor(refusal(status, more as Partial<Refusal>));
    expect(error.name).toBe(name);
    expect((error as { afterMs?: number }).afterMs).toBe(afterMs);
    expect(error.message).toContain(`f answered ${status}`);
    expect(error.message).not.toContain('?token=');
  });

  test('a quota that is not used up asks for no wait', () => {
    expect(
      askedWait(refusal(500, { headers: { 'x-ratelimit-remaining': '5', 'x-ratelimit-reset': '99' } })),
    ).toBeUndefined();
  });
});
