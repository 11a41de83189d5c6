import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Conclusion } from '../../src/model/conclusion.ts';
import { type CommitVerdict, findBreakage, nextToBisect } from '../../src/model/culprit.ts';
import { ofWorkflow, workflowsOf } from '../../src/workflow/branch.ts';

const LETTERS: Readonly<Record<string, Conclusion | null>> = {
  ...{ g: 'success', b: 'failure', t: 'timed_out', s: 'skipped', e: 'error', c: 'cancelled', r: null },
};

/** `gssb`: green, skipped, skipped, bad; the oldest first. */
function branch(letters: string): CommitVerdict[] {
  return [...letters].map((letter, run) => ({
    run,
    sha: `${run}`,
    author: 'Ada',
    conclusion: LETTERS[letter] ?? null,
  }));
}

describe('a branch is broken since', () => {
  test.each([
    ['gb', 1, 0, ''],
    ['gbbb', 1, 0, ''],
    ['ggtg', undefined, undefined, ''],
    ['gbgbb', 3, 2, ''],
    ['bb', 0, undefined, ''],
    ['gssb', 3, 0, '12'],
    ['gsbsb', 2, 0, '1'],
    ['gebs', 2, 0, '1'],
    ['gbr', 1, 0, ''],
    ['gbe', 1, 0, ''],
    ['sse', undefined, undefined, ''],
    ['', undefined, undefined, ''],
  ])('%s: commit %s', (letters, since, lastGood, untested) => {
    const found = findBreakage(branch(letters));
    expect(found?.since.run).toBe(since);
    expect(found?.lastGood?.run).toBe(lastGood);
    expect((found?.untested ?? []).map(({ run }) => run).join('')).toBe(untested);
  });
});

test('nothing is tested to find the culprit where no good commit is known, or while one is being tested', () => {
  const next = (letters: string) => {
    const found = findBreakage(branch(letters));
    return found === undefined ? undefined : nextToBisect(found)?.run;
  };
  expect(next('ssb')).toBeUndefined();
  expect(next('gsrb')).toBeUndefined();
  expect(next('gb')).toBeUndefined();
  expect(next('gsssb')).toBe(2);
});

test('halving finds the first bad commit in about as many looks as the logarithm of the gap', () => {
  void fc.assert(
    fc.property(fc.integer({ min: 2, max: 300 }), fc.nat(), (length, at) => {
      const firstBad = 1 + (at % (length - 1));
      const commits = branch(`g${'s'.repeat(length - 2)}b`);
      const look = () => {
        const found = findBreakage(commits);
        return { found, next: found === undefined ? undefined : nextToBisect(found) };
      };
      let looks = 0;
      for (let { next } = look(); next !== undefined; { next } = look()) {
        commits[next.run] = { ...next, conclusion: next.run >= firstBad ? 'failure' : 'success' };
        looks++;
      }
      expect(look().found?.since.run).toBe(firstBad);
      expect(look().found?.untested).toEqual([]);
      expect(looks).toBeLessThanOrEqual(Math.ceil(Math.log2(length)) + 1);
    }),
  );
});

test('of a branch those runs count for a workflow that may have broken it', () => {
  const run = (sha: string, workflow: string, more: object = {}) => ({
    ...{ sha, workflow, isLeftOut: false, conclusion: 'success' as Conclusion, reason: null as string | null, ...more },
  });
  const skipped = { conclusion: 'skipped' };
  const runs = [
    run('a', 'ci.yml'),
    run('b', 'tests', { ...skipped, isLeftOut: true, reason: 'policy: latest' }),
    run('c', 'ci.yml', { ...skipped, reason: '`on.push.paths` has src/**; changed: README.md' }),
    run('d', 'ci.yml', { ...skipped, reason: "the commit's message says [skip ci]" }),
    run('e', 'lint.yml'),
    run('f', 'ci.yml'),
    run('g', 'tests', { ...skipped, isLeftOut: true, reason: 'policy: latest' }),
  ];
  expect(ofWorkflow(runs, 'ci.yml').map(({ sha }) => sha)).toEqual(['a', 'b', 'd', 'f', 'g']);
  expect([...workflowsOf(runs)]).toEqual(['ci.yml']);
});
