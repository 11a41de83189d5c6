import { describe, expect, test } from 'vitest';
import { forgeNamed } from '../../src/hooks/forges.ts';
import { githubEvents } from '../../src/hooks/github-events.ts';
import { outcomeOfEvents } from '../../src/hooks/occasions.ts';
import { shortened } from '../../src/hooks/payload.ts';
import { FROM_A_FORK, isFromFork } from '../../src/model/trust.ts';
import { fixture, SHA } from '../support/forge-fixtures.ts';

const sha = (digit: string) => digit.repeat(40);
const pull = (more: object = {}, head: object = {}) => ({
  action: 'opened',
  repository: { full_name: 'acme/app' },
  sender: { login: 'ada' },
  pull_request: {
    ...{ number: 7, title: 'Add a thing' },
    head: { sha: sha('a'), ref: 'thing', repo: { full_name: 'acme/app' }, ...head },
    base: { sha: sha('b'), ref: 'main', repo: { full_name: 'acme/app' } },
    ...more,
  },
});

test.each([
  ['github', 'github', 'push'],
  ['gitea', 'gitea', 'push'],
  ['forgejo', 'gitea', 'push'],
  ['gitlab', 'gitlab', 'push'],
  ['bitbucket', 'bitbucket', 'repo:push'],
  ['bitbucket-data-center', 'bitbucket-data-center', 'repo:refs_changed'],
])('a forced push of %s says where the branch was, and where it is', (forge, folder, event) => {
  const order = forgeNamed(forge)?.order(event, JSON.parse(fixture(folder, 'push-forced')), {});
  const push = { ref: 'refs/heads/main', before: SHA.merge, after: SHA.head, trigger: 'webhook' };
  expect(order).toMatchObject({ kind: 'push', push });
});

describe('events of GitHub', () => {
  test('a pull request happens where it would be merged, and on its base', () => {
    const payload = pull();
    const [own, target] = githubEvents('pull_request', payload);
    expect(own).toEqual({
      ...{ name: 'pull_request', ref: 'refs/pull/7/merge', sha: sha('a'), base: sha('b'), title: 'Add a thing' },
      ...{ actor: 'ada', fetch: ['refs/pull/7/merge', 'refs/pull/7/head'], payload },
    });
    expect(target).toMatchObject({ name: 'pull_request_target', ref: 'refs/heads/main', sha: sha('b') });
  });

  test('a merged pull request happens on the branch that it went into', () => {
    const [own] = githubEvents('pull_request', pull({ merged: true, merge_commit_sha: sha('c') }));
    expect(own).toMatchObject({ ref: 'refs/heads/main', sha: sha('c') });
    expect(own?.fetch).toBeUndefined();
  });

  test.each([
    ['of another repository', { repo: { full_name: 'eve/app' } }],
    ['whose repository is gone', { repo: null }],
  ])('a pull request from a fork, or one %s, is held', (_, head) => {
    for (const event of githubEvents('pull_request', pull({}, head))) expect(event.held).toBe(FROM_A_FORK);
    expect(githubEvents('pull_request_review', pull({}, head))[0]?.held).toBe(FROM_A_FORK);
  });

  test('an event of a pull request that does not say where it is from is not trusted, and any other is', () => {
    expect(['pull_request', 'pull_request_target'].map((name) => isFromFork(name, {}))).toEqual([true, true]);
    expect(isFromFork('pull_request', pull())).toBe(false);
    expect(isFromFork('pull_request', { ...pull({ base: {} }), repository: { full_name: 'acme/app' } })).toBe(false);
    expect(isFromFork('push', {})).toBe(false);
  });

  test('what concerns the repository happens on its default branch', () => {
    const payload = { action: 'opened', sender: { login: 'ada' } };
    expect(githubEvents('issues', payload)).toEqual([{ name: 'issues', actor: 'ada', payload }]);
    expect(githubEvents('repository_dispatch', {})).toEqual([{ name: 'repository_dispatch', actor: '', payload: {} }]);
  });

  test('a release and a new ref happen on their ref', () => {
    expect(githubEvents('release', { release: { tag_name: 'v1' } })[0]?.ref).toBe('refs/tags/v1');
    expect(githubEvents('create', { ref: 'x', ref_type: 'branch' })[0]?.ref).toBe('refs/heads/x');
  });

  test('what starts no workflows is no event', () => {
    for (const name of ['star', 'installation', 'workflow_job', 'constructor'])
      expect(githubEvents(name, {})).toEqual([]);
  });

  test.each([
    ['pull_request', {}, 'pull_request'],
    ['pull_request', pull({ number: -1 }), 'pull_request.number'],
    ['pull_request', pull({}, { sha: 'HEAD' }), 'pull_request.head.sha'],
    ['pull_request', pull({}, { ref: '../../x' }), 'pull_request.head.ref'],
    ['release', { release: { tag_name: 'a b' } }, 'release.tag_name'],
    ['release', null, ''],
  ])('%s with %j is refused', (name, payload, where) => {
    expect(() => githubEvents(name, payload)).toThrow(
      `${where === '' ? 'the payload' : `"${where}"`} of the event ${name}`,
    );
  });
});

describe('a payload', () => {
  test('of usual size stays as it is', () => {
    const payload = pull();
    expect(shortened(payload)).toBe(payload);
  });

  test('that is too large is cut, and keeps what it is about', () => {
    const commits = Array.from({ length: 3_000 }, (_, at) => ({
      id: sha('a'),
      message: `commit ${at} ${'x'.repeat(500)}`,
    }));
    const short = shortened({ ref: 'refs/heads/main', commits });
    expect(short).toMatchObject({ ref: 'refs/heads/main' });
    expect(JSON.stringify(short).length).toBeLessThan(256 * 1024);
    expect((short.commits as unknown[]).length).toBeGreaterThan(10);
  });

  test('that is nothing but large, or nested without end, is empty or cut', () => {
    const wide = Object.fromEntries(Array.from({ length: 100_000 }, (_, at) => [`key ${at}`, at]));
    expect(shortened(wide)).toEqual({});
    const deep = JSON.parse(`${'{"a":['.repeat(50_000)}${']}'.repeat(50_000)}`);
    expect(JSON.stringify(shortened(deep)).length).toBeLessThan(200);
  });
});

test('what came of events is said in words', () => {
  expect(outcomeOfEvents([{ runs: [1, 2] }, { runs: [] }])).toBe('runs 1, 2');
  expect(outcomeOfEvents([{ runs: [7] }])).toBe('run 7');
  expect(outcomeOfEvents([])).toBe('it started nothing');
  expect(outcomeOfEvents([{ runs: [], note: 'no file' }])).toBe('it started nothing: no file');
});
