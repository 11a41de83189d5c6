import { setMaxListeners } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Live } from '../../web/src/live.ts';
import { Refresh } from '../../web/src/refresh.ts';
import { ServerClock } from '../../web/src/ticker.ts';

/** What a browser has, as far as the pages use it. */
class FakeSource {
  static opened: FakeSource[] = [];
  onopen: () => void = () => {};
  onerror: () => void = () => {};
  isClosed = false;
  readonly #told = new Map<string, (message: { data: string }) => void>();

  constructor() {
    FakeSource.opened.push(this);
  }
  addEventListener(name: string, told: (message: { data: string }) => void) {
    this.#told.set(name, told);
  }
  tell(name: string, data: unknown) {
    this.#told.get(name)?.({ data: JSON.stringify(data) });
  }
  close() {
    this.isClosed = true;
  }
}

let window: EventTarget;
const answer = vi.fn<(path: string, options: RequestInit) => Promise<unknown>>();
const after = () => answer.mock.calls.map(([, { headers }]) => (headers as Record<string, string>)['Signalbox-After']);
const good = async () => ({ ok: true, status: 200, json: async () => 'painted' });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'Date', 'performance'] });
  FakeSource.opened = [];
  window = new EventTarget();
  answer.mockReset().mockImplementation(good);
  vi.stubGlobal('EventSource', FakeSource);
  const document = new EventTarget();
  setMaxListeners(100, document, window);
  vi.stubGlobal('document', Object.assign(document, { hidden: false }));
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
  vi.stubGlobal('location', { pathname: '/queue', search: '' });
  vi.stubGlobal('fetch', answer);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function openLive() {
  const back = vi.fn();
  new Live([], { back, changed: () => {}, header: () => {} }).start();
  FakeSource.opened[0]?.onopen();
  back.mockClear();
  return back;
}

test('a page that hears nothing any more, as after a sleep, opens its stream anew and asks', async () => {
  const back = openLive();
  await vi.advanceTimersByTimeAsync(30_000);
  FakeSource.opened[0]?.tell('alive', {});
  await vi.advanceTimersByTimeAsync(30_000);
  expect(FakeSource.opened).toHaveLength(1);
  vi.setSystemTime(Date.now() + 3_600_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSource.opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  FakeSource.opened[1]?.onopen();
  expect(back).toHaveBeenCalledOnce();
});

test('a page whose browser was offline opens its stream anew, though nothing said that it broke', () => {
  openLive();
  window.dispatchEvent(new Event('online'));
  expect(FakeSource.opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
});

test('pages that lose the server at once try again at different moments', async () => {
  const tries: number[] = [];
  vi.stubGlobal(
    'EventSource',
    class extends FakeSource {
      constructor() {
        super();
        tries.push(Date.now());
        queueMicrotask(() => this.onerror());
      }
    },
  );
  answer.mockRejectedValue(new TypeError('nobody is there'));
  const startMs = Date.now();
  const pages = 40;
  for (let page = 0; page < pages; page++) new Live([], { back() {}, changed() {}, header() {} }).start();
  await vi.advanceTimersByTimeAsync(500);
  const first = tries.slice(pages).map((at) => at - startMs);
  expect(first).toHaveLength(pages);
  const buckets = first.map((at) => Math.floor(at / 50));
  for (const one of new Set(buckets)) expect(buckets.filter((at) => at === one).length).toBeLessThan(pages / 2);
  expect(Math.min(...first)).toBeGreaterThanOrEqual(250);
});

test('what was not answered is asked again, each time a while later, and not from what was made before', async () => {
  const paint = vi.fn();
  const refresh = new Refresh(paint, () => true);
  answer.mockRejectedValueOnce(new TypeError('offline')).mockResolvedValueOnce({ ok: false, status: 503 });
  refresh.changed({ upTo: 7, pauseMs: 250 });
  await vi.advanceTimersByTimeAsync(300);
  expect(after()).toEqual(['7']);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(after()).toEqual(['7', undefined, undefined]);
  expect(paint.mock.calls).toEqual([['painted']]);
});

test.each([
  ['nobody is there', () => false, 503],
  ['the page is gone', () => true, 404],
])('where %s nothing is asked again', async (_what, isThere, status) => {
  answer.mockResolvedValue({ ok: false, status });
  new Refresh(() => {}, isThere).page();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(answer).toHaveBeenCalledOnce();
});

test('an event that comes while a page asks makes it ask once more', async () => {
  const refresh = new Refresh(
    () => {},
    () => true,
  );
  refresh.changed({ upTo: 7, pauseMs: 250 });
  await vi.advanceTimersByTimeAsync(0);
  answer.mockImplementationOnce(() => new Promise((resolve) => setTimeout(() => resolve(good()), 5_000)));
  await vi.advanceTimersByTimeAsync(1_000);
  refresh.changed({ upTo: 8, pauseMs: 250 });
  refresh.changed({ upTo: 9, pauseMs: 250 });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(after()).toEqual(['7', '9']);
});

test('an answer that was on its way for long sets the clock of a page not back, a server whose clock was set does', () => {
  const at = (seconds: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1_000).toISOString();
  const clock = new ServerClock(at(0));
  vi.advanceTimersByTime(10_000);
  clock.set(at(3));
  expect(new Date(clock.nowMs()).toISOString()).toBe(at(10));
  clock.set(at(-600));
  expect(new Date(clock.nowMs()).toISOString()).toBe(at(-600));
});
