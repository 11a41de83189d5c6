import { describe, expect, test } from 'vitest';
import { expectStarts, leftMs, type StartingJob, type StartingRunner } from '../../src/web/expected-starts.ts';
import { scaleOf } from '../../web/src/time-scale.ts';

const job = (id: number, more: Partial<StartingJob> = {}): StartingJob => ({
  ...{ job: id, labels: ['linux'], usualMs: 60_000, isInLine: true },
  ...more,
});
const runner = (left: readonly (number | null)[], more: Partial<StartingRunner> = {}): StartingRunner => ({
  ...{ name: 'one', labels: ['linux'], slots: left.length, isTaking: true },
  executions: left.map((leftMs, at) => ({ job: 100 + at, leftMs })),
  ...more,
});
const starts = (jobs: readonly StartingJob[], runners: readonly StartingRunner[]) =>
  [...expectStarts(jobs, runners)].map(([id, { inMs, after }]) => [id, inMs, after]);

describe('a waiting job is expected to begin', () => {
  test('when the slot that is free first is, and those behind it after it', () => {
    expect(starts([job(1), job(2), job(3)], [runner([90_000, 40_000])])).toEqual([
      [1, 40_000, 101],
      [2, 90_000, 100],
      [3, 100_000, 101],
    ]);
  });

  test('at once where a slot is free', () => {
    expect(starts([job(1)], [runner([90_000], { slots: 2 })])).toEqual([[1, 0, null]]);
  });

  test('only on a runner that has its labels and takes jobs', () => {
    const other = runner([10_000], { name: 'mac', labels: ['macos'] });
    const draining = runner([20_000], { name: 'old', isTaking: false });
    expect(starts([job(1)], [other, draining, runner([30_000])])).toEqual([[1, 30_000, 100]]);
  });

  test('at no time that could be told where no end is known, or it waits for something else', () => {
    expect(starts([job(1)], [runner([null])])).toEqual([]);
    expect(starts([job(1, { isInLine: false }), job(2)], [runner([5_000])])).toEqual([[2, 5_000, 100]]);
  });

  test('never behind a job of which nobody knows what it takes', () => {
    expect(starts([job(1, { usualMs: null }), job(2)], [runner([5_000])])).toEqual([[1, 5_000, 100]]);
  });
});

test('what is left of a job is its usual time less what is over, and not known far beyond it', () => {
  expect([leftMs(20_000, 60_000), leftMs(80_000, 60_000), leftMs(600_000, 60_000), leftMs(1, undefined)]).toEqual([
    40_000,
    0,
    null,
    null,
  ]);
});

test('the scale is the smallest of round steps on which all expected starts stand', () => {
  expect(scaleOf(0).totalMs).toBe(60_000);
  expect(scaleOf(185_000)).toEqual({ totalMs: 240_000, ticks: ['now', '1 m', '2 m', '3 m', '4 m'] });
  expect(scaleOf(59_000).ticks).toEqual(['now', '15 s', '30 s', '45 s', '1 m']);
  expect(scaleOf(5 * 3_600_000).ticks).toEqual(['now', '2 h', '4 h', '6 h', '8 h']);
  expect(scaleOf(99 * 86_400_000).totalMs).toBe(4 * 86_400_000);
});
