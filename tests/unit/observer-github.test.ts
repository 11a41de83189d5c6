import { describe, expect, test } from 'vitest';
import { forgeOf } from '../../src/hooks/forges.ts';
import { github } from '../../src/hooks/github.ts';
import { isHead, isRefName, isWatchedRef } from '../../src/hooks/ref-name.ts';
import { NO_COMMIT } from '../../src/model/push.ts';

const after = 'a'.repeat(40);
const payload = { ref: 'refs/heads/main', before: 'b'.repeat(40), after, repository: { full_name: 'acme/app' } };

describe('the door of GitHub', () => {
  test('turns a push into ours and nothing more', () => {
    const more = { ...payload, forced: true, commits: [{ id: after }], sender: { login: 'ada' } };
    expect(github.order('push', more, {})).toEqual({
      kind: 'push',
      push: { repository: 'acme/app', ref: 'refs/heads/main', before: 'b'.repeat(40), after, trigger: 'webhook' },
    });
  });

  test('takes a push that does not say where the ref was', () => {
    const { before: _, ...rest } = payload;
    expect(github.order('push', rest, {})).toMatchObject({ push: { before: NO_COMMIT } });
  });

  test.each(['hook', 'watch', 'poll'])('lets our own %s say what it is', (trigger) => {
    const headers = { 'x-signalbox-trigger': trigger };
    expect(github.order('push', payload, headers)).toMatchObject({ push: { trigger } });
  });

  test.each(['manual', 'webhook, hook', '__proto__', ''])('takes "%s" for a webhook', (trigger) => {
    const headers = { 'x-signalbox-trigger': trigger };
    expect(github.order('push', payload, headers)).toMatchObject({ push: { trigger: 'webhook' } });
  });

  test.each([
    [{ ...payload, after: 'HEAD' }, 'after'],
    [{ ...payload, after: after.toUpperCase() }, 'after'],
    [{ ...payload, ref: 'refs/heads/a b' }, 'ref'],
    [{ ...payload, ref: undefined }, 'ref'],
    [{ ...payload, repository: {} }, 'repository.full_name'],
    [[], ''],
    [null, ''],
  ])('refuses %j', (bad, where) => {
    expect(() => github.order('push', bad, {})).toThrow(`${where === '' ? 'the payload' : `"${where}"`} of the push`);
  });

  test('tells a ping and what starts nothing from a push', () => {
    expect(github.order('ping', {}, {})).toEqual({ kind: 'ping' });
    expect(github.order('star', {}, {})).toMatchObject({ kind: 'ignored' });
    expect(github.order('push', { ...payload, ref: 'refs/pull/1/head' }, {})).toMatchObject({ kind: 'ignored' });
  });

  test('finds the repository of anything without trusting it', () => {
    for (const bad of [null, 7, 'x', [], {}, { repository: null }, { repository: { full_name: 7 } }]) {
      expect(github.namesOf(bad)).toEqual([]);
    }
    expect(github.namesOf(payload)).toEqual(['acme/app']);
  });

  test('is not opened by a request of nobody', () => {
    expect(() => forgeOf({})).toThrow('X-GitHub-Event');
  });
});

describe('names of refs', () => {
  test.each([
    'refs/heads/main',
    'refs/heads/feature/x',
    'refs/heads/--upload-pack=x',
    'refs/heads/a;id',
    'refs/heads/a`id`',
    'refs/heads/a$(id)',
    "refs/heads/a'b",
    'refs/heads/<img/src=x>',
    'refs/heads/%2e%2e%2f',
    'refs/heads/größe',
    'HEAD',
  ])('%s can be one', (name) => {
    expect(isRefName(name)).toBe(true);
    expect(isWatchedRef(name)).toBe(true);
  });

  test.each([
    'refs/heads/../../config',
    '/refs/heads/main',
    'refs/heads/',
    'refs/heads//x',
    'refs/heads/.x',
    'refs/heads/x.lock',
    'refs/heads/x.lock/y',
    'refs/heads/x\0',
    'refs/heads/x\ny',
    'refs/heads/x y',
    'refs/heads/x~1',
    'refs/heads/x@{1}',
    'refs/heads/x\\y',
  ])('%j can not', (name) => {
    expect(isRefName(name)).toBe(false);
  });

  test('a HEAD is that of the repository or of a linked work tree', () => {
    expect(['HEAD', 'worktrees/side/HEAD'].every(isHead)).toBe(true);
    expect(['refs/heads/HEAD', 'worktrees/HEAD', 'worktrees/a/b/HEAD'].some(isHead)).toBe(false);
    expect(isWatchedRef('refs/stash')).toBe(false);
  });
});
