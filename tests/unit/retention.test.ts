import { describe, expect, test } from 'vitest';
import { IdSet } from '../../src/dispatcher/id-set.ts';
import { RetentionWalk, type StoredRun, type ToRemove } from '../../src/model/retention.ts';

const DAY_MS = 86_400_000;
const now = new Date('2026-06-01T00:00:00Z');

/** A run that ended so many days ago. */
function run(id: number, days: number | null, more: Partial<StoredRun> = {}): StoredRun {
  const completedAt = days === null ? null : new Date(+now - days * DAY_MS);
  const where = { repository: 1, number: id, ref: 'refs/heads/main', sha: `sha${id}`, workflow: 'ci.yml' };
  return { ...where, id, conclusion: 'success', completedAt, logBytes: 100, hasLogs: true, ...more };
}

/** What goes of these, by id; they are given oldest first, as people think of them. */
function decide(
  runs: readonly StoredRun[],
  more: { logsBytes?: number; searched?: number } = {},
): Map<number, ToRemove> {
  const times = { runsMs: 100 * DAY_MS, logsMs: 30 * DAY_MS, reportsMs: 60 * DAY_MS };
  const limits = { logsBytes: Number.POSITIVE_INFINITY, searched: 1_000, ...more };
  const walk = new RetentionWalk({ now, ...limits, timesOf: () => times, isTip: (_, sha) => sha === 'tip' });
  return new Map(runs.toReversed().map((one) => [one.id, walk.decide(one)]));
}

const removed = (decided: ReadonlyMap<number, ToRemove>) =>
  [...decided]
    .filter(([, { run }]) => run)
    .map(([id]) => id)
    .sort();

describe('retention', () => {
  test('removes runs that are too old, and logs and reports of younger ones by their own ages', () => {
    const decided = decide([run(1, 150), run(2, 90), run(3, 40), run(4, 10), run(5, 1)]);
    expect(decided.get(1)).toEqual({ run: true, logs: true, reports: true });
    expect(decided.get(2)).toEqual({ run: false, logs: true, reports: true });
    expect(decided.get(3)).toEqual({ run: false, logs: true, reports: false });
    expect(decided.get(4)).toEqual({ run: false, logs: false, reports: false });
  });

  test('keeps the newest run of each workflow on each ref, however old', () => {
    const runs = [
      run(1, 300),
      run(2, 300, { ref: 'refs/heads/other' }),
      run(3, 300, { workflow: 'lint.yml' }),
      run(4, 299),
    ];
    expect(removed(decide(runs))).toEqual([1]);
  });

  test('keeps the last run that passed and all after it, so that it is known since when a branch is broken', () => {
    const bad = { conclusion: 'failure' } as const;
    const runs = [run(1, 309), run(2, 308, bad), run(3, 307), run(4, 306, bad), run(5, 305, bad), run(6, 304, bad)];
    expect(removed(decide(runs))).toEqual([1, 2]);
  });

  test('keeps of a workflow that never passed only what a search for the culprit looks at', () => {
    const runs = Array.from({ length: 10 }, (_, at) => run(at + 1, 300, { conclusion: 'failure' }));
    expect(removed(decide(runs, { searched: 4 }))).toEqual([1, 2, 3, 4, 5, 6].sort());
  });

  test('keeps the run of a commit where a branch is, though it was tested under the name of another', () => {
    expect(removed(decide([run(1, 300, { sha: 'tip' }), run(2, 300), run(3, 299)]))).toEqual([2]);
  });

  test('keeps what is not over', () => {
    const decided = decide([run(1, null), run(2, 1)]);
    expect(decided.get(1)).toEqual({ run: false, logs: false, reports: false });
  });

  test('removes the logs of the oldest runs beyond the limit of all logs', () => {
    const decided = decide([run(1, 4), run(2, 3), run(3, 2), run(4, 1)], { logsBytes: 250 });
    expect([1, 2, 3, 4].map((id) => decided.get(id)?.logs)).toEqual([true, true, false, false]);
  });
});

test('a set of ids knows those that were added, and none beyond its last', () => {
  const set = new IdSet(17);
  for (const id of [1, 8, 17, 1_000]) set.add(id);
  expect([0, 1, 7, 8, 9, 16, 17, 18, 1_000].filter((id) => set.has(id))).toEqual([1, 8, 17]);
});
