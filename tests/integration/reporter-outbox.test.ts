import { expect, test } from 'vitest';
import { GiveUpError, RetryLaterError, SinkDownError } from '../../src/reporter/message.ts';
import { summarize } from '../../src/reporter/summary.ts';
import { messageOf, startOffice } from '../support/reporter.ts';
import { waitFor } from '../support/wait-for.ts';

const HOUR_MS = 3_600_000;

test('messages of a sink go out one at a time, in order, and a key that is known is dropped', async () => {
  await using office = await startOffice();
  let atOnce = 0;
  office.sink.onSend = async () => {
    expect(++atOnce).toBe(1);
    await new Promise(setImmediate);
    atOnce--;
  };
  await office.add(messageOf('a'), messageOf('b'), messageOf('a'));
  await office.taken(2);
  await office.add(messageOf('b'), messageOf('c'));
  await office.taken(3);
  expect(office.sink.keys).toEqual(['a', 'b', 'c']);
});

test('a sink that is down holds up nothing but itself', async () => {
  await using office = await startOffice();
  office.sink.onSend = async (_, { sink }) => {
    if (sink === 'test:dead') throw new SinkDownError('nobody answers');
  };
  await office.add(messageOf('a', { sink: 'test:dead' }), messageOf('b', { sink: 'test:well' }));
  await office.taken(1);
  expect(office.sink.keys).toEqual(['b']);
});

test('what was not sent yet gives way to what is newer about the same, and what says the same again is dropped', async () => {
  await using office = await startOffice();
  office.sink.failure = new SinkDownError('the forge is down');
  const about = (key: string, state: string) => messageOf(key, { subject: 'commit', body: { key: state } });
  await office.add(about('1', 'pending'));
  await office.tries(1);
  await office.add(about('2', 'failure'));
  await office.add(about('3', 'success'), messageOf('other'));
  office.sink.failure = undefined;
  await office.advanceUntil(3);
  await office.taken(2);
  expect(office.sink.keys).toEqual(['success', 'other']);
  await office.add(about('4', 'success'));
  await office.add(about('5', 'pending'));
  await office.taken(3);
  expect(office.sink.keys).toEqual(['success', 'other', 'pending']);
});

test('what is newer comes after what is under way', async () => {
  await using office = await startOffice();
  let free: () => void = () => {};
  office.sink.onSend = async ({ key }) => {
    if (key === 'pending') await new Promise<void>((resolve) => (free = resolve));
  };
  await office.add(messageOf('1', { subject: 'commit', body: { key: 'pending' } }));
  await office.tries(1);
  await office.add(messageOf('2', { subject: 'commit', body: { key: 'success' } }));
  expect(office.sink.keys).toEqual([]);
  free();
  await office.taken(2);
  expect(office.sink.keys).toEqual(['pending', 'success']);
});

test('a sink that is down is tried less and less, up to once an hour, and one message at a time', async () => {
  await using office = await startOffice();
  office.sink.failure = new SinkDownError('the forge is down');
  await office.add(...Array.from({ length: 50 }, (_, at) => messageOf(`m${at}`)));
  await office.tries(1);
  const waits: number[] = [];
  for (let tries = 2; tries <= 15; tries++) waits.push(await office.advanceUntil(tries));
  expect(waits.slice(0, 4)).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(waits.at(-1)).toBe(HOUR_MS);
  expect(new Set(office.sink.sendings.map(({ key }) => key))).toEqual(new Set(['m0']));
});

test('after a day without it a sink gets what waits at a pace, one a second, and not as a storm', async () => {
  await using office = await startOffice();
  office.sink.failure = new SinkDownError('the forge is down');
  await office.add(...Array.from({ length: 6 }, (_, at) => messageOf(`m${at}`)));
  await office.tries(1);
  office.sink.failure = undefined;
  await office.advanceUntil(2);
  const tookMs = await office.advanceUntil(7);
  await office.taken(6);
  expect(office.sink.keys).toEqual(['m0', 'm1', 'm2', 'm3', 'm4', 'm5']);
  expect(tookMs).toBeGreaterThanOrEqual(5_000);
});

test('the wait that the other side asks for is kept, over a restart too', async () => {
  await using office = await startOffice();
  office.sink.failure = new SinkDownError('the quota is used up', { afterMs: HOUR_MS / 2 });
  await office.add(messageOf('a'));
  await office.tries(1);
  office.sink.failure = undefined;
  await waitFor('the failure on the disk', async () => (await office.outbox.health('test:one')).failures === 1);
  office.clock.advance(60_000);
  await office.restart();
  expect(await office.advanceUntil(2)).toBe(HOUR_MS / 2 - 60_000);
});

test('a message that is refused for now lets others pass, and five refused in a row shut the sink', async () => {
  await using office = await startOffice();
  office.sink.onSend = async ({ key }) => {
    if (key === 'poison') throw new RetryLaterError('500 for this one');
  };
  await office.add(messageOf('poison'), messageOf('b'), messageOf('c'));
  await office.taken(2);
  expect(office.sink.keys).toEqual(['b', 'c']);
  office.sink.onSend = async () => {
    throw new RetryLaterError('500 for all');
  };
  await office.add(...Array.from({ length: 20 }, (_, at) => messageOf(`m${at}`)));
  await office.tries(3 + 5);
  await waitFor('a sink that is shut', async () => (await office.outbox.health('test:one')).retry_at !== null);
  expect(office.sink.sendings).toHaveLength(8);
});

test('what is refused for good, or is too old, is given up with the words, and can come again', async () => {
  await using office = await startOffice({ maxAgeMs: 10 * HOUR_MS });
  office.sink.failure = new GiveUpError('422: no commit found for SHA');
  await office.add(messageOf('refused', { repository: 'acme/app' }));
  await office.tries(1);
  office.sink.failure = new SinkDownError('nobody answers');
  await office.add(messageOf('old'));
  await office.tries(2);
  await waitFor('the failure on the disk', async () => (await office.outbox.health('test:one')).failures === 1);
  office.clock.advance(11 * HOUR_MS);
  await waitFor('both given up', async () => (await summarize(office.outbox)).given_up.length === 2);
  const { given_up, sinks } = await summarize(office.outbox);
  expect(given_up.find(({ key }) => key === 'refused')).toMatchObject({
    repository: 'acme/app',
    error: '422: no commit found for SHA',
  });
  expect(given_up.find(({ key }) => key === 'old')?.error).toMatch(/10 hours; the last time: nobody answers|nobody/);
  expect(sinks[0]).toMatchObject({ sink: 'test:one', waiting: 0, given_up: 2, error: 'nobody answers' });
  office.sink.failure = undefined;
  await office.add(messageOf('refused'));
  await office.advanceUntil(office.sink.sendings.length + 1);
  await office.taken(1);
});

test('a sink that never answers is left after a minute, and what was under way at a stop is sent after the start', async () => {
  await using office = await startOffice();
  office.sink.onSend = (_, { signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', reject));
  await office.add(messageOf('a'));
  await office.tries(1);
  office.clock.advance(60_000);
  await waitFor('words', async () => /within 60 s/.test((await office.outbox.health('test:one')).error ?? ''));
  await office.advanceUntil(2);
  office.sink.onSend = async () => {};
  await office.restart();
  await office.taken(1);
  expect(office.sink.keys).toEqual(['a']);
});

test('quiet hours hold a message back, and those of one bundle that are due go together', async () => {
  await using office = await startOffice();
  const notBefore = new Date(+office.clock.now() + HOUR_MS);
  const digest = (key: string) => messageOf(key, { bundle: 'digest', notBefore });
  await office.add(digest('a'), digest('b'), messageOf('now'));
  await office.taken(1);
  await office.add(digest('c'));
  expect(await office.advanceUntil(2)).toBe(HOUR_MS);
  await office.taken(2);
  expect(office.sink.keys).toEqual(['now', 'a']);
  expect(office.sink.sendings.at(-1)?.more.map(({ key }) => key)).toEqual(['b', 'c']);
});

test('no more wait than is allowed, and what was settled is forgotten in time', async () => {
  await using office = await startOffice({ maxWaiting: 3, keepMs: HOUR_MS });
  office.sink.failure = new SinkDownError('nobody answers');
  await office.add(...Array.from({ length: 5 }, (_, at) => messageOf(`m${at}`)));
  await office.tries(1);
  await office.outbox.sweep(office.clock.now());
  const { sinks, given_up } = await summarize(office.outbox);
  expect(sinks[0]).toMatchObject({ waiting: 3, given_up: 2 });
  expect(given_up[0]?.error).toMatch(/more than 3 wait/);
  await office.outbox.sweep(new Date(+office.clock.now() + 2 * HOUR_MS));
  expect((await summarize(office.outbox)).given_up).toEqual([]);
});
