import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../src/hooks/delivery-error.ts';
import { forgeNamed } from '../../src/hooks/forges.ts';
import { NO_COMMIT } from '../../src/model/push.ts';

const FOLDER = join(import.meta.dirname, '../fixtures/forges');
const recorded = (name: string) => JSON.parse(readFileSync(join(FOLDER, 'github', `${name}.json`), 'utf8'));
const orderOf = (event: string, name: string) => forgeNamed('github')?.order(event, recorded(name), {});
const TIP = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';

describe('what GitHub sent', () => {
  test.each([
    ['push-new-branch', { ref: 'refs/heads/master', before: NO_COMMIT, after: TIP }],
    ['push-tag', { ref: 'refs/tags/simple-tag', before: NO_COMMIT, after: TIP }],
    ['push-tag-deleted', { ref: 'refs/tags/simple-tag', before: TIP, after: NO_COMMIT }],
  ])('is the push that it was: %s', (name, push) => {
    const repository = 'Codertocat/Hello-World';
    expect(orderOf('push', name)).toEqual({ kind: 'push', push: { ...push, repository, trigger: 'webhook' } });
  });

  test.each([
    ['opened', 'opened'],
    ['synchronize', 'synchronize'],
    ['closed', 'closed'],
  ])('is a pull request that was %s', (name, action) => {
    const order = orderOf('pull_request', `pull-request-${name}`);
    if (order?.kind !== 'events') throw new Error('no event');
    const [own, target] = order.events;
    expect([own.name, target?.name, own.payload.action]).toEqual(['pull_request', 'pull_request_target', action]);
    expect(own).toMatchObject({ ref: 'refs/pull/2/merge', actor: 'Codertocat' });
    expect(own.held).toBeUndefined();
  });

  test('is a ping, a tag that was made, a release, a review, and a check that somebody wants again', () => {
    expect(orderOf('ping', 'ping')).toEqual({ kind: 'ping' });
    const refs = [
      ['create', 'create'],
      ['delete', 'delete'],
      ['release', 'release-published'],
      ['merge_group', 'merge-group-checks-requested'],
      ['pull_request_review', 'pull-request-review'],
      ['check_run', 'check-run-rerequested'],
    ].map(([event = '', name = '']) => {
      const order = orderOf(event, name);
      return order?.kind === 'events' ? [order.events[0].name, order.events[0].ref] : order;
    });
    expect(refs).toEqual([
      ['create', 'refs/tags/simple-tag'],
      ['delete', undefined],
      ['release', 'refs/tags/0.0.1'],
      ['merge_group', expect.stringMatching(/^refs\/heads\/gh-readonly-queue\//)],
      ['pull_request_review', 'refs/pull/2/merge'],
      ['check_run', undefined],
    ]);
  });
});

/** Events under which a payload of a forge may come, by what its file is called. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  github: [
    'push',
    'pull_request',
    'delete',
    'create',
    'release',
    'ping',
    'merge_group',
    'pull_request_review',
    'deployment',
  ],
  gitea: ['push', 'pull_request', 'delete', 'create', 'release', 'pull_request_approved'],
  forgejo: ['push', 'pull_request', 'delete'],
  gitlab: ['push', 'tag_push', 'merge_request', 'system'],
  bitbucket: ['repo:push', 'pullrequest:created', 'pullrequest:updated', 'pullrequest:fulfilled'],
  'bitbucket-data-center': ['repo:refs_changed', 'pr:opened', 'pr:from_ref_updated', 'pr:merged'],
};
const WRONG: readonly unknown[] = [null, 0, 'text', [], {}];

describe('a payload with something missing, or something else in its place', () => {
  test.each(Object.keys(EVENTS))('is refused in words by the door of %s, or says all that it has to', (name) => {
    const forge = forgeNamed(name);
    const folder = join(FOLDER, name === 'forgejo' ? 'gitea' : name);
    let refused = 0;
    for (const file of readdirSync(folder).filter((one) => one.endsWith('.json') && !ALIKE.test(one))) {
      const text = readFileSync(join(folder, file), 'utf8');
      for (const spoiled of spoil(JSON.parse(text), name === 'github' ? 3 : 4)) {
        forge?.namesOf(spoiled);
        for (const event of EVENTS[name] ?? []) {
          try {
            forge?.order(event, spoiled, {});
          } catch (error) {
            refused++;
            if (!(error instanceof DeliveryError)) throw new Error(`${file} as ${event}`, { cause: error });
            expect(error.status).toBe(400);
          }
        }
      }
    }
    expect(refused).toBeGreaterThan(10);
    for (const nothing of WRONG) expect(() => forge?.namesOf(nothing)).not.toThrow();
  });
});

/** What has the same fields as another one of the same forge. */
const ALIKE = /^(?:check-run|pull-request-(?:closed|synchronize|review|synchronized|merged)|push-tag|delete|ping)/;

/** A payload again and again, each time with one thing less, or another. Only what the doors look at: of long ones the first keys. */
function* spoil(payload: unknown, depth: number): Generator<unknown> {
  if (typeof payload !== 'object' || payload === null || depth === 0) return;
  const base = Array.isArray(payload) ? [...payload] : { ...payload };
  for (const [key, value] of Object.entries(base)) {
    if (
      /_url$|_at$|_count$|^(?:sender|organization|_links|user|owner|repo|commits|head_commit|check_run|hook)$/.test(key)
    )
      continue;
    const { [key]: _, ...less } = base as Record<string, unknown>;
    yield Array.isArray(payload) ? [] : less;
    for (const wrong of WRONG) yield Array.isArray(payload) ? [wrong] : { ...less, [key]: wrong };
    for (const inner of spoil(value, depth - 1)) yield Array.isArray(payload) ? [inner] : { ...less, [key]: inner };
  }
}
