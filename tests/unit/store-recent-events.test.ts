import { expect, test } from 'vitest';
import type { EventRecord } from '../../src/store/event-record.ts';
import { RecentEvents } from '../../src/store/recent-events.ts';

function event(id: number): EventRecord {
  return { id, at: new Date(id), type: 'job.queued', repository: null, run: null, job: null, data: {} };
}

function idsAfter(recent: RecentEvents, cursor: number, limit = 10_000): number[] | undefined {
  return recent.after(cursor, limit)?.map(({ id }) => id);
}

test('events are remembered from the first one on that was written', () => {
  const recent = new RecentEvents();
  expect(idsAfter(recent, 0)).toBeUndefined();
  for (const id of [7, 8, 9]) recent.add(event(id));
  expect(idsAfter(recent, 5)).toBeUndefined();
  expect(idsAfter(recent, 6)).toEqual([7, 8, 9]);
  expect(idsAfter(recent, 7, 1)).toEqual([8]);
  expect(idsAfter(recent, 9)).toEqual([]);
  expect(idsAfter(recent, 99)).toEqual([]);
});

test('some thousand are remembered, the newest', () => {
  const recent = new RecentEvents();
  for (let id = 1; id <= 10_000; id++) recent.add(event(id));
  expect(idsAfter(recent, 0)).toBeUndefined();
  const kept = idsAfter(recent, 9_000) ?? [];
  expect([kept[0], kept.at(-1), kept.length]).toEqual([9_001, 10_000, 1_000]);
  expect(idsAfter(recent, 6_999, 1)).toEqual([7_000]);
});

test('what somebody else wrote in between is not passed over', () => {
  const recent = new RecentEvents();
  for (const id of [1, 2, 5]) recent.add(event(id));
  expect(idsAfter(recent, 2)).toBeUndefined();
  expect(idsAfter(recent, 4)).toEqual([5]);
});
