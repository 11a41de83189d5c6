import { describe, expect, test } from 'vitest';
import type { RunRecord } from '../../src/store/store.ts';
import { html } from '../../src/web/html.ts';
import { sentenceOf, verdictOf } from '../../src/web/verdicts.ts';
import { explainQueue } from '../../src/web/waiting.ts';
import { age, count, duration, nameOf, shortRef } from '../../src/web/words.ts';
import { runnerStatus } from '../support/web.ts';

test.each([
  [6, '6 ms'],
  [900, '0.9 s'],
  [41_000, '41 s'],
  [72_000, '1 m 12 s'],
  [1_800_000, '30 m 00 s'],
  [3_840_000, '1 h 04 m'],
  [59_999, '1 m 00 s'],
  [-5, '0 ms'],
  [3 * 86_400_000, '3 days'],
])('%s ms are written %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test.each([
  [38 * 60, '38 min'],
  [23 * 3_600, '23 h'],
  [30 * 3_600, 'yesterday'],
  [3 * 86_400, '3 days'],
  [60 * 86_400, '2025-11-02'],
])('%s seconds ago is written %s', (seconds, words) => {
  const now = new Date('2026-01-01T00:00:00Z');
  expect(age(new Date(now.getTime() - seconds * 1_000), now)).toBe(words);
});

test('names are what people call them', () => {
  expect(nameOf('Ada Lovelace <ada@example.org>')).toBe('Ada Lovelace');
  expect(nameOf('<only@address>')).toBe('<only@address>');
  expect(shortRef('refs/heads/fix/x')).toBe('fix/x');
  expect(count(1_284_000, 'job')).toBe('1\u2009284\u2009000 jobs');
});

test('a template escapes all that is put in, but for other templates', () => {
  const list = ['<a>', html`<b>${'"'}</b>`];
  expect(html`<p title="${"'"}">${list}${null}${false}${0}</p>`.text).toBe(
    '<p title="&#39;">&lt;a&gt;<b>&quot;</b>0</p>',
  );
});

describe('verdicts', () => {
  const run = (id: number, conclusion: RunRecord['conclusion'], ref = 'refs/heads/main') =>
    ({ id, conclusion, ref, repository: 'local/app' }) as RunRecord;

  test('a repository is broken since the first failure after its last pass', () => {
    const runs = [
      run(9, null),
      run(8, 'failure'),
      run(7, 'skipped'),
      run(6, 'timed_out'),
      run(5, 'success'),
      run(4, 'failure'),
    ];
    expect(verdictOf(runs)).toMatchObject({ state: 'broken', since: { id: 6 } });
    expect(verdictOf([run(2, 'error'), run(1, 'failure')])).toMatchObject({ state: 'untested', since: { id: 1 } });
    expect(verdictOf([run(3, 'failure', 'refs/heads/spike'), run(2, 'success')])).toMatchObject({ state: 'green' });
    expect(verdictOf([run(1, null)])).toBeUndefined();
  });

  test('the sentence says how many and what', () => {
    const of = (state: 'green' | 'broken' | 'untested') => ({ repository: 'local/app', state, since: run(1, null) });
    expect(sentenceOf([of('green')])).toBe('local/app is green');
    expect(sentenceOf([of('green'), of('green')])).toBe('All 2 repositories are green');
    expect(sentenceOf([of('broken'), of('untested'), of('green')])).toBe(
      'local/app is broken, local/app could not be tested',
    );
    expect(sentenceOf([of('broken'), of('broken')])).toBe('2 repositories are broken');
  });
});

test('only jobs that the same runners could take stand before one', () => {
  const job = (id: number, labels: string[]) =>
    ({ job: id, labels, waitsFor: [] }) as unknown as Parameters<typeof explainQueue>[0][number];
  const busy = { state: 'busy', slots: 1, executions: [{ job: 99, execution: 1, since: new Date() }] } as const;
  const runners = [runnerStatus('l', { labels: ['linux'], ...busy }), runnerStatus('m', { labels: ['mac'], ...busy })];
  const reasons = explainQueue([job(1, ['linux']), job(2, ['mac']), job(3, []), job(4, ['mac'])], runners).map(
    (one) => one.reason,
  );
  expect(reasons).toEqual([
    '1 of 1 slots are busy; it is next',
    '1 of 1 slots are busy; it is next',
    '2 of 2 slots are busy; 2 jobs ahead of it',
    '1 of 1 slots are busy; 2 jobs ahead of it',
  ]);
});
