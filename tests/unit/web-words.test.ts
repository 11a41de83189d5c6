import { describe, expect, test } from 'vitest';
import type { BranchRun } from '../../src/store/read-branch.ts';
import { breakageJson, verdictOf } from '../../src/web/verdicts.ts';
import { explainQueue } from '../../src/web/waiting.ts';
import { branchOf } from '../../src/workflow/branch.ts';
import { harmlessData } from '../../web/src/harmless.ts';
import { homeSentence } from '../../web/src/pages/home.tsx';
import {
  age,
  breakageWords,
  clockTime,
  count,
  duration,
  nameOf,
  period,
  shortRef,
  timeLeft,
} from '../../web/src/words.ts';
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
  [30 * 3_600, '1 day'],
  [3 * 86_400, '3 days'],
  [60 * 86_400, '2025-11-02'],
])('%s seconds ago is written %s', (seconds, words) => {
  const now = new Date('2026-01-01T00:00:00Z');
  expect(age(new Date(now.getTime() - seconds * 1_000), now)).toBe(words);
});

test('a time of the day is told in UTC where the reader is not known', () => {
  const at = new Date('2026-03-01T23:30:00Z');
  expect(clockTime(at, at, 'UTC')).toBe('23:30:00');
  expect(clockTime(at, new Date('2026-03-02T00:10:00Z'), 'UTC')).toBe('2026-03-01 23:30:00');
});

test('names are what people call them', () => {
  expect(nameOf('Ada Lovelace <ada@example.org>')).toBe('Ada Lovelace');
  expect(nameOf('<only@address>')).toBe('<only@address>');
  expect(shortRef('refs/heads/fix/x')).toBe('fix/x');
  expect(count(1_284_000, 'job')).toBe('1\u2009284\u2009000 jobs');
});

test('what is left is told as long as it is known', () => {
  expect(timeLeft(72_400)).toBe('1 m 12 s left');
  expect(timeLeft(-20_000)).toBe('over by 20 s');
  expect(
    [11 * 3_600, 12 * 86_400, 25 * 86_400, 49 * 86_400, 150 * 86_400].map((seconds) => period(seconds * 1_000)),
  ).toEqual(['11 h', '12 days', '3 weeks', '7 weeks', '5 months']);
});

test('what could turn text around or hide in it is made visible, however deep it is', () => {
  expect(harmlessData({ list: [{ title: 'a\u202eb\u001b[31mc', at: 1, no: null }] })).toEqual({
    list: [{ title: 'a\ufffdb\ufffd[31mc', at: 1, no: null }],
  });
});

describe('verdicts', () => {
  const LETTERS = {
    g: 'success',
    b: 'failure',
    t: 'timed_out',
    e: 'error',
    s: 'skipped',
    l: 'skipped',
    r: null,
  } as const;
  /** `gbl`: green, bad, left out by the policy; the oldest first. */
  const runs = (letters: string, more: Partial<BranchRun> = {}): BranchRun[] =>
    [...letters].map((letter, at) => ({
      ...{ run: at + 1, number: at + 1, workflow: 'tests', ref: 'refs/heads/main', sha: `${at + 1}`, title: '' },
      ...{ author: 'Ada', at: new Date(0), conclusion: LETTERS[letter as 'g'], isLeftOut: letter === 'l' },
      ...{ reason: null, purpose: null, isOfCommit: true, ...more },
    }));
  const stateOf = (given: readonly BranchRun[]) => {
    const found = verdictOf('local/app', branchOf(given, given.at(-1)?.ref ?? '', []));
    return found && `${found.state} ${found.since.run}`;
  };

  test.each([
    ['bgtsbr', 'broken 3'],
    ['gbllb', 'broken 2'],
    ['be', 'untested 1'],
    ['gee', 'untested 2'],
    ['bg', 'green 2'],
    ['bgl', 'green 2'],
    ['r', undefined],
    ['', undefined],
  ])('%s: %s', (letters, state) => expect(stateOf(runs(letters))).toBe(state));

  test('a repository is as its worst workflow is; one that the newest commit does not have breaks nothing', () => {
    const [lint, ci] = [{ workflow: 'lint.yml' }, { workflow: 'ci.yml' }];
    expect(stateOf([...runs('gb', lint), ...runs('gg', ci)])).toBe('broken 2');
    expect(stateOf([...runs('gb', lint), ...runs('ggg', ci)])).toBe('green 3');
  });

  test('where several workflows are broken it is since the first commit that one of them fails at', () => {
    const given = ['c.yml', 'a.yml', 'b.yml'].flatMap((workflow, at) =>
      runs(['ggbb', 'gbbb', 'gggb'][at] ?? '', { workflow }),
    );
    const found = verdictOf('local/app', branchOf(given, 'refs/heads/main', []));
    expect([found?.since.sha, found?.breakage?.since.sha, found?.workflows]).toEqual(['2', '2', 3]);
  });

  test('the culprit is named as surely as it is known', () => {
    const words = (letters: string) => {
      const json = breakageJson(verdictOf('local/app', branchOf(runs(letters), 'refs/heads/main', []))?.breakage);
      return json && `${json.sha}${breakageWords(json, 'this commit')}`;
    };
    expect(words('gb')).toBe('2, this commit');
    expect(words('gbbs')).toBe('2, 2 commits ago');
    expect(words('glbb')).toBe('3, 1 commit ago, or since the commit before it, which was not tested');
    expect(words('bb')).toBe('1, 1 commit ago; no commit before it is known to pass');
    expect(words('g')).toBeNull();
  });

  test('the sentence says how many and what', () => {
    const of = (state: 'green' | 'broken' | 'untested' | null) =>
      ({ name: 'local/app', state, commits: ['success'] }) as unknown as Parameters<typeof homeSentence>[0][number];
    expect(homeSentence([of('green')])).toBe('app is green');
    expect(homeSentence([of('green'), of('green')])).toBe('All 2 repositories are green');
    expect(homeSentence([of('broken'), of('untested'), of('green')])).toBe('app is broken, 1 could not be tested');
    expect(homeSentence([of('broken'), of('broken')])).toBe('2 repositories are broken');
    expect(homeSentence([of('green'), of(null)])).toBe('1 of 2 repositories are green, none is broken');
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
