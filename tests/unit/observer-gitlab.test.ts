import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { forgeOf } from '../../src/hooks/forges.ts';
import { gitlab } from '../../src/hooks/gitlab.ts';
import { NO_COMMIT } from '../../src/model/push.ts';
import { FROM_A_FORK } from '../../src/model/trust.ts';
import { fixture, SHA } from '../support/forge-fixtures.ts';

const payloadOf = (name: string) => JSON.parse(fixture('gitlab', name));
const eventsOf = (name: string) => {
  const order = gitlab.order('merge_request', payloadOf(name), {});
  return order.kind === 'events' ? order.events : [];
};

describe('the door of GitLab', () => {
  test('is found by its header, and names events in short', () => {
    expect(forgeOf({ 'x-gitlab-event': 'Push Hook' })).toBe(gitlab);
    const named = (event: string) => gitlab.envelope({ 'x-gitlab-event': event }, '').event;
    expect(['Push Hook', 'Tag Push Hook', 'Merge Request Hook', 'System Hook'].map(named)).toEqual([
      ...['push', 'tag_push', 'merge_request', 'system'],
    ]);
    expect(() => named('')).toThrow('X-Gitlab-Event');
  });

  test('knows a delivery by its key, or by what webhooks share and the body', () => {
    const idOf = (headers: object, text = '{}') =>
      gitlab.envelope({ 'x-gitlab-event': 'Push Hook', ...headers }, text).delivery;
    expect(idOf({ 'idempotency-key': 'f5e5f430', 'x-gitlab-event-uuid': '13792a34' })).toBe('f5e5f430');
    expect(idOf({ 'webhook-id': 'f5e5f430' })).toBe('f5e5f430');
    expect(idOf({ 'x-gitlab-event-uuid': '13792a34' })).toMatch(/^13792a34-body-[0-9a-f]{40}$/);
    expect(idOf({})).toMatch(/^body-[0-9a-f]{40}$/);
    expect(() => idOf({ 'idempotency-key': 'a b' })).toThrow('Idempotency-Key');
  });

  test('is opened by the secret', async () => {
    const fits = (token: string | undefined) => gitlab.verify('secret', '{}', { 'x-gitlab-token': token });
    expect(await fits('secret')).toBe(true);
    for (const wrong of [undefined, '', 'secre', 'secret ', 'SECRET']) expect(await fits(wrong)).toBe(false);
  });

  test.each([
    ['as it is made here', 'ab'.repeat(32), Buffer.alloc(32, 0xab)],
    ['as GitLab writes it', `whsec_${Buffer.alloc(32, 0xab).toString('base64')}`, Buffer.alloc(32, 0xab)],
    ['that a person chose', 'open sesame', Buffer.from('open sesame')],
  ])('is opened by a signature with a secret %s', async (_, secret, key) => {
    const signature = `v1,${createHmac('sha256', key).update('id-1.1774000000.{}').digest('base64')}`;
    const headers = { 'webhook-id': 'id-1', 'webhook-timestamp': '1774000000', 'webhook-signature': signature };
    expect(await gitlab.verify(secret, '{}', headers)).toBe(true);
    const several = { ...headers, 'webhook-signature': `v1,AAAA ${signature}` };
    expect(await gitlab.verify(secret, '{}', several)).toBe(true);
    expect(await gitlab.verify('another', '{}', headers)).toBe(false);
    expect(await gitlab.verify(secret, '[]', headers)).toBe(false);
    expect(await gitlab.verify(secret, '{}', { ...headers, 'webhook-id': 'id-2' })).toBe(false);
    expect(await gitlab.verify(secret, '{}', { ...headers, 'webhook-timestamp': '1774000001' })).toBe(false);
  });

  test('names the project and where it is cloned from', () => {
    const addresses = ['https://gitlab.example.org/acme/app.git', 'git@gitlab.example.org:acme/app.git'];
    expect(gitlab.namesOf(payloadOf('push'))).toEqual(['acme/app', ...addresses]);
    for (const bad of [null, 7, [], {}, { project: null }, { project: { path_with_namespace: 7 } }]) {
      expect(gitlab.namesOf(bad)).toEqual([]);
    }
  });

  test.each([
    ['push', 'push', { ref: 'refs/heads/main', before: SHA.base, after: SHA.head }],
    ['push', 'push-branch-deleted', { ref: 'refs/heads/thing', before: SHA.head, after: NO_COMMIT }],
    ['tag_push', 'tag-push', { ref: 'refs/tags/v1.0', before: NO_COMMIT, after: SHA.head }],
    ['tag_push', 'tag-push-deleted', { ref: 'refs/tags/v1.0', after: NO_COMMIT }],
  ])('turns the %s of %s.json into a push, and that of a system hook too', (event, name, push) => {
    const expected = { kind: 'push', push: { repository: 'acme/app', trigger: 'webhook', ...push } };
    expect(gitlab.order(event, payloadOf(name), {})).toMatchObject(expected);
    expect(gitlab.order('system', payloadOf(name), {})).toMatchObject(expected);
  });

  test('tells of merge requests in the words of GitHub', () => {
    const [opened, target] = eventsOf('merge-request-open');
    expect(opened).toMatchObject({
      ...{ name: 'pull_request', ref: 'refs/pull/7/merge', sha: SHA.head, fetch: ['refs/merge-requests/7/head'] },
      ...{ title: 'Add a thing', actor: 'ada' },
      payload: {
        ...{ action: 'opened', number: 7, sender: { login: 'ada' } },
        pull_request: {
          ...{ number: 7, title: 'Add a thing', body: 'please look', draft: false, merged: false, state: 'open' },
          labels: [{ name: 'ci' }],
          head: { ref: 'thing', sha: SHA.head, repo: { full_name: 'acme/app' } },
          base: { ref: 'main', repo: { full_name: 'acme/app' } },
        },
        repository: { full_name: 'acme/app', html_url: 'https://gitlab.example.org/acme/app' },
      },
    });
    expect(opened).not.toHaveProperty('held');
    expect(target).toMatchObject({ name: 'pull_request_target', ref: 'refs/heads/main' });
    expect(target).not.toHaveProperty('sha');
    const [merged] = eventsOf('merge-request-merge');
    expect(merged).toMatchObject({ ref: 'refs/heads/main', sha: SHA.merge, payload: { action: 'closed' } });
  });

  test.each([
    ['update', 'synchronize'],
    ['ready', 'ready_for_review'],
    ['merge', 'closed'],
    ['close', 'closed'],
  ])('merge-request-%s.json is %s', (name, action) => {
    const [event] = eventsOf(`merge-request-${name}`);
    expect(event?.payload).toMatchObject({ action, pull_request: { merged: name === 'merge' } });
  });

  test('holds what comes from a fork, or from nobody knows where', () => {
    const held = eventsOf('merge-request-from-fork').map((event) => event.held);
    expect(held).toEqual([FROM_A_FORK, FROM_A_FORK]);
    const payload = payloadOf('merge-request-open');
    payload.object_attributes.source = null;
    expect(gitlab.order('merge_request', payload, {})).toMatchObject({ events: [{ held: FROM_A_FORK }, {}] });
  });

  test.each([
    ['push', {}, '"ref" of the push'],
    ['push', { ref: 'refs/heads/a b', after: SHA.head }, '"ref" of the push'],
    ['tag_push', { ref: 'refs/tags/v1', after: 'v1' }, '"after" of the push'],
    ['merge_request', { project: { path_with_namespace: 'a/b' } }, '"object_attributes" of the merge_request'],
    ['merge_request', null, 'the payload of the merge_request'],
  ])('refuses the %s %j', (event, payload, words) => {
    expect(() => gitlab.order(event, payload, {})).toThrow(words);
  });

  test('leaves alone what starts nothing, and says so', () => {
    for (const event of ['note', 'pipeline', 'constructor']) {
      expect(gitlab.order(event, {}, {})).toMatchObject({ kind: 'ignored' });
    }
    for (const body of [null, {}, { event_name: 'user_create' }]) {
      expect(gitlab.order('system', body, {})).toMatchObject({ kind: 'ignored' });
    }
    const approved = gitlab.order('merge_request', payloadOf('merge-request-approved'), {});
    expect(approved).toEqual({ kind: 'ignored', why: 'merge requests that are approved start nothing' });
  });
});
