import { afterEach, beforeEach, expect, test } from 'vitest';
import { SharedAnswers } from '../../src/web/shared-answers.ts';
import type { Interest, PageNews } from '../../web/src/page.ts';
import type { EventReader, SentEvent } from '../support/sse.ts';
import { commitOf, newRepository, plannedJob, pushOf } from '../support/store.ts';
import { runnerStatus, startWeb, type TestWeb, TOKEN } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb();
});
afterEach(() => web[Symbol.asyncDispose]());

const pathOf = (of: unknown) => `/live/changes?of=${encodeURIComponent(JSON.stringify(of))}`;
const newsOf = (event: SentEvent | undefined) => event?.data as PageNews;
const add = (name: string) => web.store.addRepository(newRepository(name), web.clock.now());

/** A page that has been told to look once, as each is that comes when nobody watched, and the pause after that. */
async function openPage(...of: Interest[]): Promise<EventReader> {
  const reader = web.events(pathOf(of));
  expect(await reader.next()).toMatchObject({ event: 'changed' });
  web.clock.advance(10_000);
  return reader;
}

async function push(repository: number, n: number): Promise<number> {
  await web.store.dispatch(pushOf(repository, [commitOf(n, [plannedJob()])]), web.clock.now());
  return web.store.lastEvent();
}

test('a page that asks for the events of one repository is told of no others', async () => {
  const [one, two] = [await add('local/one'), await add('local/two')];
  using page = await openPage({ type: 'run.', repository: 'local/two' });
  await push(one.id, 1);
  const newest = await push(two.id, 2);
  const told = (await page.until(({ event }) => event === 'changed')).filter(({ event }) => event === 'changed');
  expect(told.map(newsOf)).toEqual([{ upTo: newest, pauseMs: 250 }]);
});

test('a page is told at once of the first change, and once of all that come in the pause after it', async () => {
  using page = await openPage({ type: 'repository.' });
  using all = web.events('/api/events');
  await all.next();
  await add('local/one');
  expect(newsOf(await page.next()).upTo).toBe(1);
  await add('local/two');
  await add('local/three');
  await all.until(({ id }) => id === '3');
  web.clock.advance(50);
  expect(newsOf(await page.next()).upTo).toBe(3);
});

test('a page whose data did not change is told what its header shows', async () => {
  const { id } = await add('local/one');
  using page = await openPage({ run: 99 });
  web.runners.push(runnerStatus('one'));
  await push(id, 1);
  expect(await page.next()).toEqual({
    id: undefined,
    event: 'header',
    data: { now: web.clock.now().toISOString(), waiting: 1, slots: 2, busy: 0, runners: 1 },
  });
});

test('where many pages show what changed, all get one message, after a longer pause, and ask over a longer time', async () => {
  using first = await openPage({ type: 'repository.' });
  const pages = [first];
  for (let n = 1; n < 100; n += 1) pages.push(web.events(pathOf([{ type: 'repository.' }])));
  for (const page of pages) await page.answer;
  using all = web.events('/api/events');
  await all.next();
  await add('local/one');
  for (const page of pages) expect(newsOf(await page.next())).toEqual({ upTo: 1, pauseMs: 2_000 });
  await add('local/two');
  await add('local/three');
  await all.until(({ id }) => id === '3');
  expect(web.clock.untilNext).toBe(200);
  web.clock.advance(200);
  for (const page of pages) expect(newsOf(await page.next())).toEqual({ upTo: 3, pauseMs: 2_000 });
  for (const page of pages) page.close();
});

test.each(['', 'x', '{}', '[{"color":"red"}]', '[{"run":"1"}]'])('what no page says is refused: %j', async (of) => {
  expect((await web.ask(`/live/changes?of=${encodeURIComponent(of)}`)).status).toBe(400);
});

test('nothing is left behind when the last page goes', async () => {
  const page = await openPage({ type: 'repository.' });
  await add('local/one');
  await page.next();
  await add('local/two');
  page.close();
  while (web.clock.pending > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('pages that ask because of the same event are given one answer, and whoever asks for another reason a new one', async () => {
  await add('local/one');
  const ask = (path: string, after?: string, more = {}) =>
    web.ask(path, { headers: { accept: 'application/json', 'signalbox-after': after ?? '', ...more } });
  const runnersOf = (answer: { json<T>(): T }) => answer.json<{ frame: { runners: number } }>().frame.runners;
  expect(runnersOf(await ask('/queue', '1'))).toBe(0);
  web.runners.push(runnerStatus('one')); // makes no event
  expect(runnersOf(await ask('/queue', '1'))).toBe(0);
  expect(runnersOf(await ask('/queue'))).toBe(1);
  expect(runnersOf(await ask('/queue?x=1', '1'))).toBe(1);
  expect(runnersOf(await ask('/queue', '1', { host: 'localhost' }))).toBe(1);
  const html = await web.ask('/queue', { headers: { accept: 'text/html', 'signalbox-after': '1' } });
  expect(html.headers['content-type']).toMatch('text/html');
  await add('local/two');
  expect(runnersOf(await ask('/queue', '2'))).toBe(1);
  expect((await ask('/runs/99', '2')).status).toBe(404);
});

test('an answer that was made for who has the server, with the name, is given to nobody else', async () => {
  await web[Symbol.asyncDispose]();
  web = await startWeb({ person: 'Ada' });
  await add('local/one');
  const of = async (more = {}) =>
    (await web.ask('/queue', { headers: { accept: 'application/json', 'signalbox-after': '1', ...more } })).json<{
      frame: { person: string | null };
    }>().frame.person;
  expect(await of()).toBe('Ada');
  expect(await of({ 'x-forwarded-for': '10.0.0.1', authorization: `Bearer ${TOKEN}` })).toBe(null);
});

test('pages that ask all at once without an event, as when a server is back, are given few answers, made after they asked', async () => {
  let made = 0;
  const answers = new SharedAnswers<number>(async () => 1);
  const make = async () => {
    made += 1;
    const mine = made;
    await new Promise((resolve) => setImmediate(resolve));
    return mine;
  };
  const first = answers.getNew('/', make);
  expect(await Promise.all([first, ...Array.from({ length: 100 }, () => answers.getNew('/', make))])).toEqual([
    1,
    ...Array.from({ length: 100 }, () => 2),
  ]);
  expect(await answers.getNew('/', make)).toBe(3);
  const failing = answers.getNew('/', () => Promise.reject(new Error('gone')));
  const next = answers.getNew('/', make);
  await expect(failing).rejects.toThrow('gone');
  expect(await next).toBe(4);
});
