import { expect, test } from 'vitest';
import type { QueuedPush } from '../../src/hooks/delivery.ts';
import { patienceFor } from '../../src/hooks/lane-rules.ts';
import { DispatchFailedError } from '../../src/hooks/outlet.ts';

const HOUR_MS = 3_600_000;
const received = new Date('2026-01-01T00:00:00Z');
const queued = (event: string) => [{ event, receivedAt: received } as QueuedPush] as [QueuedPush];
const after = (hours: number) => new Date(received.getTime() + hours * HOUR_MS);

test.each(['E_GIT', 'E_GIT_UNREACHABLE', 'E_PLAN_TIMEOUT'])(
  'an event whose remote cannot be reached (%s) waits for three days',
  (code) => {
    const { isOver, maxMs, words } = patienceFor(queued('pull_request'), new DispatchFailedError(code, 'no route'));
    expect([isOver(5, after(0)), isOver(90, after(71)), isOver(91, after(73))]).toEqual([false, false, true]);
    expect(maxMs).toBe(HOUR_MS);
    expect(words).toBe('it is tried again for three days, at least once an hour');
  },
);

test.each([
  ['a push, which the next look at the refs finds', 'push', 'E_GIT'],
  ['an event that the dispatcher cannot take for another reason', 'pull_request', 'E_STRANGE'],
])('%s is given up after five tries', (_, event, code) => {
  const { isOver } = patienceFor(queued(event), new DispatchFailedError(code, 'no'));
  expect([isOver(4, after(0)), isOver(5, after(0))]).toEqual([false, true]);
});
