import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bitbucket } from '../../src/hooks/bitbucket.ts';
import { bitbucketDataCenter } from '../../src/hooks/bitbucket-data-center.ts';
import { forgeOf, isGreeting } from '../../src/hooks/forges.ts';
import { NO_COMMIT } from '../../src/model/push.ts';
import { FROM_A_FORK } from '../../src/model/trust.ts';
import { fixture, SHA } from '../support/forge-fixtures.ts';

const cloud = (event: string, name: string) => bitbucket.order(event, JSON.parse(fixture('bitbucket', name)), {});
const center = (event: string, name: string) =>
  bitbucketDataCenter.order(event, JSON.parse(fixture('bitbucket-data-center', name)), {});

describe('the doors of Bitbucket', () => {
  test('are told apart by the id of the hook, which only the Cloud sends', () => {
    expect(forgeOf({ 'x-event-key': 'repo:push', 'x-hook-uuid': '1' })).toBe(bitbucket);
    expect(forgeOf({ 'x-event-key': 'repo:refs_changed', 'x-request-id': '1' })).toBe(bitbucketDataCenter);
    expect(isGreeting({ 'x-event-key': 'diagnostics:ping' })).toBe(true);
    expect(isGreeting({ 'x-event-key': 'repo:push' })).toBe(false);
  });

  test.each([
    ['the Cloud', bitbucket],
    ['a Data Center', bitbucketDataCenter],
  ])('are opened by the HMAC of the body: %s', async (_, forge) => {
    const hex = createHmac('sha256', 'secret').update('{}').digest('hex');
    const fits = (said?: string) => forge.verify('secret', '{}', { 'x-hub-signature': said });
    expect(await fits(`sha256=${hex}`)).toBe(true);
    for (const wrong of [undefined, '', hex, `sha1=${hex}`, 'sha256=', `sha256=${'0'.repeat(64)}`]) {
      expect(await fits(wrong)).toBe(false);
    }
  });

  test('know a delivery by its request, or by its body', () => {
    const headers = { 'x-event-key': 'repo:push' };
    expect(bitbucket.envelope({ ...headers, 'x-request-uuid': 'r-1' }, '{}').delivery).toBe('r-1');
    expect(bitbucketDataCenter.envelope({ ...headers, 'x-request-id': 'r-2' }, '{}').delivery).toBe('r-2');
    expect(bitbucketDataCenter.envelope(headers, '{}').delivery).toMatch(/^body-[0-9a-f]{40}$/);
    expect(() => bitbucket.envelope({ ...headers, 'x-request-uuid': 'a b' }, '{}')).toThrow('no id');
    expect(() => bitbucket.envelope({ 'x-event-key': 'a b' }, '{}')).toThrow('X-Event-Key');
  });

  test('name the repository, and where it is cloned from', () => {
    const ofCloud = bitbucket.namesOf(JSON.parse(fixture('bitbucket', 'push')));
    expect(ofCloud).toEqual(['acme/app', 'https://bitbucket.org/acme/app']);
    const addresses = ['https://bitbucket.example.org/scm/acme/app.git'];
    const names = ['ACME/app', 'scm/ACME/app', ...addresses, 'ssh://git@bitbucket.example.org:7999/acme/app.git'];
    for (const name of ['push', 'pull-request-opened']) {
      expect(bitbucketDataCenter.namesOf(JSON.parse(fixture('bitbucket-data-center', name)))).toEqual(names);
    }
    for (const bad of [null, 7, [], {}, { repository: null }, { repository: { slug: 'x', full_name: 7 } }]) {
      expect(bitbucket.namesOf(bad)).toEqual([]);
      expect(bitbucketDataCenter.namesOf(bad)).toEqual([]);
    }
  });

  const main = { ref: 'refs/heads/main', before: SHA.base, after: SHA.head, trigger: 'webhook' };
  test.each([
    ['the Cloud', () => cloud('repo:push', 'push')],
    ['a Data Center', () => center('repo:refs_changed', 'push')],
  ])('turn a push of %s into ours', (_, order) => {
    expect(order()).toMatchObject({ kind: 'push', push: main });
    expect(order()).not.toHaveProperty('more');
  });

  test.each([
    ['the Cloud', () => cloud('repo:push', 'push-many')],
    ['a Data Center', () => center('repo:refs_changed', 'push-many')],
  ])('turn one delivery of %s about several refs into as many pushes', (_, order) => {
    expect(order()).toMatchObject({
      ...{ kind: 'push', push: main },
      more: [
        { ref: 'refs/tags/v1.0', before: NO_COMMIT, after: SHA.head },
        { ref: 'refs/heads/thing', before: SHA.base, after: NO_COMMIT },
      ],
    });
  });

  test('tell of pull requests of a Data Center in the words of GitHub', () => {
    const own = { name: 'pull_request', ref: 'refs/pull/7/merge', sha: SHA.head, base: SHA.base, actor: 'ada' };
    const opened = center('pr:opened', 'pull-request-opened');
    const payload = { action: 'opened', pull_request: { head: { ref: 'thing' }, base: { ref: 'main' } } };
    const fetch = ['refs/pull-requests/7/from'];
    const target = { name: 'pull_request_target', ref: 'refs/heads/main', sha: SHA.base };
    expect(opened).toMatchObject({ events: [{ ...own, fetch, payload }, target] });
    expect(opened).not.toHaveProperty('events[0].held');
    const updated = center('pr:from_ref_updated', 'pull-request-from-ref-updated');
    expect(updated).toMatchObject({ events: [{ payload: { action: 'synchronize' } }, {}] });
    const merged = center('pr:merged', 'pull-request-merged');
    const into = { ref: 'refs/heads/main', sha: SHA.merge, payload: { pull_request: { merged: true } } };
    expect(merged).toMatchObject({ events: [into, {}] });
    const foreign = center('pr:opened', 'pull-request-from-fork');
    expect(foreign).toMatchObject({ events: [{ held: FROM_A_FORK }, { held: FROM_A_FORK }] });
  });

  test('tell of those of the Cloud, which cuts its commits, by the branch', () => {
    const created = cloud('pullrequest:created', 'pull-request-created');
    const payload = { action: 'opened', pull_request: { head: { ref: 'thing' }, base: { ref: 'main' } } };
    expect(created).toMatchObject({ events: [{ name: 'pull_request', ref: 'refs/heads/thing', payload }, {}] });
    expect(created).not.toHaveProperty('events[0].sha');
    const merged = cloud('pullrequest:fulfilled', 'pull-request-fulfilled');
    expect(merged).toMatchObject({ events: [{ ref: 'refs/heads/main', payload: { action: 'closed' } }, {}] });
  });

  test('hold one from a fork in the Cloud, which is where its branch there is', () => {
    const foreign = cloud('pullrequest:created', 'pull-request-from-fork');
    const fork = { path: 'eve/app', branch: 'thing' };
    const own = { name: 'pull_request', ref: 'refs/pull/7/merge', fork, held: FROM_A_FORK };
    const target = { name: 'pull_request_target', ref: 'refs/heads/main', held: FROM_A_FORK };
    expect(foreign).toMatchObject({ events: [own, target] });
    expect(foreign).not.toHaveProperty('events[0].sha');
    expect(foreign).not.toHaveProperty('events[1].fork');
  });

  test('say that a fork of the Cloud is gone, and let none name a place that is no repository', () => {
    const payload = JSON.parse(fixture('bitbucket', 'pull-request-from-fork'));
    const order = (repository: unknown) => {
      payload.pullrequest.source.repository = repository;
      return bitbucket.order('pullrequest:created', payload, {});
    };
    expect(order(null)).toMatchObject({ kind: 'ignored', why: expect.stringContaining('gone') });
    for (const full_name of ['eve/../app', '../app', 'eve/app?x', 'eve@evil.example/app', 'eve/a/b', 'eve'])
      expect(() => order({ full_name })).toThrow('is no name of a repository');
  });

  test.each([
    [bitbucket, 'repo:push', {}, '"repository" of the event repo:push'],
    [bitbucket, 'repo:push', { repository: { full_name: 'a/b' } }, '"push" of the event repo:push'],
    [bitbucket, 'pullrequest:created', null, 'the payload of the event pullrequest:created'],
    [bitbucketDataCenter, 'repo:refs_changed', {}, '"repository" of the event repo:refs_changed'],
    [bitbucketDataCenter, 'pr:opened', {}, '"pullRequest" of the event pr:opened'],
  ])('refuse what is not whole', (forge, event, payload, words) => {
    expect(() => forge.order(event, payload, {})).toThrow(words);
  });

  test('leave alone what starts nothing', () => {
    for (const forge of [bitbucket, bitbucketDataCenter]) {
      for (const event of ['repo:fork', 'pr:comment:added', 'pullrequest:approved', 'constructor']) {
        expect(forge.order(event, {}, {})).toMatchObject({ kind: 'ignored' });
      }
    }
    const empty = { repository: { full_name: 'a/b' }, push: { changes: [{ old: null, new: null }] } };
    expect(bitbucket.order('repo:push', empty, {})).toMatchObject({ kind: 'ignored' });
  });
});
