import { expect, test } from 'vitest';
import type { EventRecord } from '../../src/store/event-record.ts';
import { deferred } from '../../src/support/deferred.ts';
import { OpenPages } from '../../src/web/open-pages.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A page that takes a message when it is told to. */
function slowPage() {
  const got: string[] = [];
  let taken = deferred<void>();
  return {
    got,
    stream: {
      onClose: () => {},
      sendText(text: string | Buffer) {
        got.push(String(text));
        return taken.promise;
      },
    },
    async takes() {
      const before = taken;
      taken = deferred();
      before.resolve();
      await before.promise;
      await Promise.resolve();
    },
  };
}

test('a page that is slow is told once, when it has time, to look again', async () => {
  const clock = new ManualClock();
  let heard: (events: readonly EventRecord[]) => void = () => {};
  const hub = {
    newest: 0,
    subscribe(listener: typeof heard) {
      heard = listener;
      return () => {};
    },
  };
  const pages = new OpenPages({ hub, clock }, () => Promise.reject(new Error('no header')));
  const page = slowPage();
  pages.join(page.stream, [{ type: 'ref.' }]);
  for (const id of [1, 2, 3, 4]) {
    hub.newest = id;
    heard([{ id, at: clock.now(), type: 'ref.moved', repository: 'local/app', run: null, job: null, data: {} }]);
    clock.advance(50);
  }
  expect(page.got.map((text) => /"upTo":(\d)/.exec(text)?.[1])).toEqual(['1']);
  await page.takes();
  expect(page.got.map((text) => /"upTo":(\d)/.exec(text)?.[1])).toEqual(['1', '4']);
  await page.takes();
  expect(page.got).toHaveLength(2);
});
