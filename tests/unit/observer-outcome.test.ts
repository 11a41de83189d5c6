import { expect, test } from 'vitest';
import { outcomeOf } from '../../src/hooks/lane-rules.ts';
import type { Dispatch } from '../../src/hooks/outlet.ts';

const NOTHING = '0'.repeat(40);
const dispatch = (...shas: string[]) =>
  ({ after: shas.at(-1) ?? NOTHING, commits: shas.map((sha) => ({ sha })) }) as unknown as Dispatch;

test.each([
  ['a new commit', [dispatch('a')], [{ runs: [7], known: [] }], '1 commit dispatched, run 7'],
  ['a dispatcher that tells nothing of known ones', [dispatch('a')], [{ runs: [7] }], '1 commit dispatched, run 7'],
  ['several', [dispatch('a', 'b')], [{ runs: [8] }, { runs: [7] }], '2 commits dispatched, runs 7, 8'],
  ['one that is known', [dispatch('a')], [{ runs: [7], known: [7] }], 'nothing new, there already: run 7'],
  [
    'one of two that is known',
    [dispatch('a', 'b')],
    [{ runs: [7, 8], known: [7] }],
    '2 commits dispatched (1 run was there already), run 8',
  ],
  ['a ref that is gone', [dispatch()], [{ runs: [] }], 'the ref was deleted'],
  ['nothing', [], [], 'nothing new'],
] as const)('what came of %s is told in words', (_, dispatches, answers, words) => {
  expect(outcomeOf(dispatches, answers)).toBe(words);
});
