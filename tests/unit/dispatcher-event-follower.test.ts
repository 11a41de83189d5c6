import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Background } from '../../src/dispatcher/background.ts';
import { EventFollower } from '../../src/dispatcher/event-follower.ts';
import type { EventRecord } from '../../src/store/event-record.ts';
import { createLogger } from '../../src/support/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const at = new Date(0);
const eventOf = (id: number): EventRecord => ({
  ...{ id, at, type: 'run.completed', repository: 'a', run: id, job: null, data: {} },
});

test('what follows a burst lets jobs that come meanwhile go first, and is done a moment after them', async () => {
  await using dir = await tempDir();
  const clock = new ManualClock();
  const events = Array.from({ length: 450 }, (_, index) => eventOf(index + 1));
  let isBusy = false;
  const taken: number[] = [];
  await using follower = new EventFollower({
    cursorFile: join(dir.path, '.cursor'),
    store: {
      events: async (after: number, limit: number) => events.slice(after, after + limit),
      lastEvent: async () => events.length,
      onEvents: () => () => {},
    },
    clock,
    background: new Background({ logger: createLogger('error'), fatal: () => {} }),
    isBusy: () => isBusy,
    what: 'follow',
    take: async (page) => {
      taken.push(page.length);
      isBusy = true;
    },
  });
  await follower.start();
  await waitFor('the wait after the first page', () => clock.pending > 0);
  expect(taken).toEqual([200]);
  clock.advance(20);
  await waitFor('the wait after the second page', () => clock.pending > 0);
  expect(taken).toEqual([200, 200]);
  isBusy = false;
  clock.advance(20);
  await waitFor('the rest', () => taken.length === 3);
  expect(taken).toEqual([200, 200, 50]);
});
