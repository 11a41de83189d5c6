import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { forgeNamed, forgeOf } from '../../src/hooks/forges.ts';
import { forgejo, gitea } from '../../src/hooks/gitea.ts';
import { NO_COMMIT } from '../../src/model/push.ts';
import { FROM_A_FORK } from '../../src/model/trust.ts';
import { fixture, SHA } from '../support/forge-fixtures.ts';

const orderOf = (event: string, name: string) => gitea.order(event, JSON.parse(fixture('gitea', name)), {});
const eventsOf = (event: string, name: string) => {
  const order = orderOf(event, name);
  return order.kind === 'events' ? order.events : [];
};

describe('the door of Gitea and Forgejo', () => {
  test('is found by their headers, though both speak like GitHub, and Forgejo like Gitea', () => {
    const likeGitHub = { 'x-github-event': 'push', 'x-gogs-event': 'push', 'x-gitea-event': 'push' };
    expect(forgeOf(likeGitHub)).toBe(gitea);
    expect(forgeOf({ ...likeGitHub, 'x-forgejo-event': 'push' })).toBe(forgejo);
    expect([forgeNamed('gitea'), forgeNamed('forgejo')]).toEqual([gitea, forgejo]);
  });

  test.each([
    ['gitea', gitea],
    ['forgejo', forgejo],
  ])('%s is opened by the hex HMAC of the body and by nothing else', async (name, forge) => {
    const text = fixture('gitea', 'push');
    const signature = createHmac('sha256', 'secret').update(text).digest('hex');
    const fits = (said?: string) => forge.verify('secret', text, { [`x-${name}-signature`]: said });
    expect(await fits(signature)).toBe(true);
    for (const wrong of [undefined, '', signature.slice(1), `sha256=${signature}`, '0'.repeat(64), 'zz'.repeat(32)]) {
      expect(await fits(wrong)).toBe(false);
    }
    expect(await forge.verify('other', text, { [`x-${name}-signature`]: signature })).toBe(false);
    expect(await forge.verify('secret', `${text} `, { [`x-${name}-signature`]: signature })).toBe(false);
  });

  test('a delivery without an id has that of its body', () => {
    const headers = { 'x-gitea-event': 'push' };
    expect(gitea.envelope({ ...headers, 'x-gitea-delivery': 'f6266f16' }, '{}').delivery).toBe('f6266f16');
    const { delivery } = gitea.envelope(headers, '{}');
    expect(delivery).toMatch(/^body-[0-9a-f]{40}$/);
    expect(gitea.envelope(headers, '{}').delivery).toBe(delivery);
    expect(gitea.envelope(headers, '[]').delivery).not.toBe(delivery);
    expect(() => gitea.envelope({ 'x-gitea-event': 'push', 'x-gitea-delivery': 'a b' }, '')).toThrow(
      'X-Gitea-Delivery',
    );
    expect(() => forgejo.envelope({ 'x-forgejo-event': '' }, '')).toThrow('X-Forgejo-Event');
  });

  test('names the repository and where it is cloned from', () => {
    expect(gitea.namesOf(JSON.parse(fixture('gitea', 'push')))).toEqual([
      ...['acme/app', 'https://git.example.org/acme/app.git', 'ssh://git@git.example.org:2222/acme/app.git'],
    ]);
  });

  test.each([
    ['push', 'push', { ref: 'refs/heads/main', before: SHA.base, after: SHA.head }],
    ['push', 'push-tag', { ref: 'refs/tags/v1.0', before: NO_COMMIT, after: SHA.head }],
    ['delete', 'delete-branch', { ref: 'refs/heads/thing', after: NO_COMMIT }],
    ['delete', 'delete-tag', { ref: 'refs/tags/v1.0', after: NO_COMMIT }],
  ])('turns the %s of %s.json into a push', (event, name, push) => {
    const expected = { kind: 'push', push: { repository: 'acme/app', trigger: 'webhook', ...push } };
    expect(orderOf(event, name)).toMatchObject(expected);
  });

  test('tells of pull requests in the words of GitHub', () => {
    const common = { name: 'pull_request', ref: 'refs/pull/7/merge', sha: SHA.head, base: SHA.base, actor: 'ada' };
    const [opened, target] = eventsOf('pull_request', 'pull-request-opened');
    expect(opened).toMatchObject({ ...common, title: 'Add a thing', payload: { action: 'opened' } });
    expect(opened).not.toHaveProperty('held');
    expect(target).toMatchObject({ name: 'pull_request_target', ref: 'refs/heads/main', sha: SHA.base });
    const [synchronized] = eventsOf('pull_request', 'pull-request-synchronized');
    expect(synchronized).toMatchObject({ ...common, payload: { action: 'synchronize' } });
    const [merged] = eventsOf('pull_request', 'pull-request-merged');
    expect(merged).toMatchObject({ ref: 'refs/heads/main', sha: SHA.merge, payload: { action: 'closed' } });
    const [review] = eventsOf('pull_request_approved', 'review-approved');
    expect(review).toMatchObject({ ...common, name: 'pull_request_review', payload: { action: 'submitted' } });
  });

  test('holds what comes from a fork', () => {
    const events = eventsOf('pull_request', 'pull-request-from-fork');
    expect(events.map(({ held }) => held)).toEqual([FROM_A_FORK, FROM_A_FORK]);
  });

  test.each([
    ['push', {}, '"ref" of the push'],
    ['push', { ref: 'refs/heads/main', after: 'HEAD' }, '"after" of the push'],
    ['delete', { ref: 'x', ref_type: 'wiki' }, '"ref_type" of the event delete'],
    ['delete', null, 'the payload of the event delete'],
    ['delete', { ref: '../x', ref_type: 'tag' }, '"ref" of the event delete'],
    ['pull_request', { action: 'opened' }, '"pull_request" of the event pull_request'],
    ['pull_request', [], 'the payload of the event pull_request'],
    ['pull_request_approved', {}, '"pull_request" of the event pull_request_review'],
  ])('refuses the %s %j', (event, payload, words) => {
    expect(() => gitea.order(event, payload, {})).toThrow(words);
  });

  test('leaves alone what starts nothing', () => {
    for (const event of ['wiki', 'repository', 'package', 'constructor']) {
      expect(gitea.order(event, {}, {})).toEqual({ kind: 'ignored', why: `the event ${event} starts nothing` });
    }
  });
});
