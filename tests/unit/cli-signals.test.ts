import { afterEach, expect, test } from 'vitest';
import { type StopSignals, stopSignals } from '../../src/cli/signals.ts';
import { ManualClock } from '../support/manual-clock.ts';

let signals: StopSignals | undefined;
afterEach(() => signals?.release());

/** Has it happened, once everything that waited was told? */
async function isDone(promise: Promise<void>): Promise<boolean> {
  const later = new Promise<boolean>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([promise.then(() => true), later]);
}

test('the first signal drains, and once more in the same moment is the same key press', async () => {
  const clock = new ManualClock();
  signals = stopSignals(clock);
  expect(await isDone(signals.drain)).toBe(false);
  process.emit('SIGINT');
  clock.advance(120);
  process.emit('SIGINT');
  expect(await isDone(signals.drain)).toBe(true);
  expect(await isDone(signals.now)).toBe(false);
});

test('a second signal later on stops at once, whichever of the two it is', async () => {
  const clock = new ManualClock();
  signals = stopSignals(clock);
  process.emit('SIGINT');
  clock.advance(1_000);
  process.emit('SIGTERM');
  expect(await isDone(signals.now)).toBe(true);
});

test('what listens is gone after release', () => {
  const before = process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
  stopSignals(new ManualClock()).release();
  expect(process.listenerCount('SIGTERM') + process.listenerCount('SIGINT')).toBe(before);
});
