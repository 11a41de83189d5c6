import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newRepository, resultOf } from '../support/store.ts';
import { leasedJob, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb();
});
afterEach(() => web[Symbol.asyncDispose]());

const BINARY = Buffer.concat([Buffer.from('é\n\u0000'), Buffer.from([0xff, 0xfe, 0xe2]), Buffer.from('<script>\n')]);

describe('the whole log', () => {
  test('comes byte for byte, as text that a browser can do nothing else with', async () => {
    const { job } = await leasedJob(web);
    await web.logs.append({ job, execution: 1 }, 0, BINARY);
    const answer = await web.ask(`/api/jobs/${job}/log`);
    expect(answer.body).toEqual(BINARY);
    expect(answer.headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(BINARY.length),
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringMatching(/^sandbox;/),
    });
    const head = await web.ask(`/api/jobs/${job}/log`, { method: 'HEAD' });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, String(BINARY.length), 0]);
  });

  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=8-', 206, '89', 'bytes 8-9/10'],
    ['bytes=-4', 206, '6789', 'bytes 6-9/10'],
    ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['bytes=10-', 416, undefined, 'bytes */10'],
    ['bytes=0-1,4-5', 200, '0123456789', undefined],
    ['lines=0-1', 200, '0123456789', undefined],
    ['bytes=x', 200, '0123456789', undefined],
  ])('Range: %s is answered %s', async (range, status, text, contentRange) => {
    const { job } = await leasedJob(web);
    await web.logs.append({ job, execution: 1 }, 0, Buffer.from('0123456789'));
    const answer = await web.ask(`/api/jobs/${job}/log`, { headers: { range } });
    expect([answer.status, answer.headers['content-range']]).toEqual([status, contentRange]);
    if (text === undefined) expect(answer.json()).toMatchObject({ error: { code: 'E_RANGE' } });
    else expect(answer.text).toBe(text);
  });

  test('of an earlier execution can be asked for', async () => {
    const { job } = await leasedJob(web);
    await web.logs.append({ job, execution: 1 }, 0, Buffer.from('first'));
    await web.store.lose([{ job, execution: 1 }], 'gone', 3, web.clock.now());
    await web.store.claim({ runner: 'two', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
    await web.logs.append({ job, execution: 2 }, 0, Buffer.from('second'));
    expect((await web.ask(`/api/jobs/${job}/log?execution=1`)).text).toBe('first');
    expect((await web.ask(`/api/jobs/${job}/log`)).text).toBe('second');
    expect((await web.ask(`/api/jobs/${job}/log?execution=3`)).status).toBe(404);
    expect((await web.ask(`/api/jobs/${job}/log?execution=0`)).status).toBe(400);
  });
});

describe('a followed log', () => {
  const finish = (job: number, execution: number, logBytes: number) =>
    web.store.finish(resultOf(job, execution, { logBytes }), web.clock.now());

  test('comes as it grows, cut between characters, and ends with the job', async () => {
    const { job } = await leasedJob(web);
    const key = { job, execution: 1 };
    const euro = Buffer.from('€');
    await web.logs.append(key, 0, Buffer.concat([Buffer.from('a'), euro.subarray(0, 2)]));
    using reader = web.events(`/api/jobs/${job}/log?follow=1`);
    expect(await reader.next()).toEqual({ id: '1:0', event: 'execution', data: { execution: 1, runner: 'one' } });
    expect(await reader.next()).toEqual({ id: '1:1', event: undefined, data: 'a' });
    await web.logs.append(key, 3, Buffer.concat([euro.subarray(2), Buffer.from('\nb')]));
    expect(await reader.next()).toEqual({ id: '1:6', event: undefined, data: '€\nb' });
    await finish(job, 1, 6);
    expect(await reader.next()).toMatchObject({
      event: 'end',
      data: { execution: 1, conclusion: 'success', bytes: 6 },
    });
    expect(await reader.next()).toBeUndefined();
  });

  test('goes on where the reader was, by id or by offset', async () => {
    const { job } = await leasedJob(web);
    await web.logs.append({ job, execution: 1 }, 0, Buffer.from('0123456789'));
    await finish(job, 1, 10);
    for (const [path, headers] of [
      ['', { 'last-event-id': '1:4' }],
      ['', { 'last-event-id': '4' }],
      ['&execution=1', { 'last-event-id': '1:4' }],
      ['&execution=1&offset=4', {}],
      ['&offset=4', { 'last-event-id': 'nonsense' }],
    ] as const) {
      using reader = web.events(`/api/jobs/${job}/log?follow=1${path}`, headers);
      const [begin, text] = await reader.until(({ event }) => event === 'end');
      expect([begin?.id, text?.data]).toEqual(['1:4', '456789']);
    }
  });

  test('begins when the job does, and goes on with its next execution when the runner is lost', async () => {
    const { job } = await leasedJob(web);
    await web.store.lose([{ job, execution: 1 }], 'gone', 3, web.clock.now());
    using reader = web.events(`/api/jobs/${job}/log?follow=1&execution=1`);
    expect((await reader.until(({ event }) => event === 'end')).map(({ event }) => event)).toEqual([
      'execution',
      'end',
    ]);
    using all = web.events(`/api/jobs/${job}/log?follow=1`);
    expect(await all.next()).toMatchObject({ event: 'execution', data: { execution: 1 } });
    await web.store.claim({ runner: 'two', labels: [], leaseMs: 1_000, now: web.clock.now() }, 1);
    expect(await all.next()).toMatchObject({ id: '2:0', event: 'execution', data: { execution: 2, runner: 'two' } });
    await web.logs.append({ job, execution: 2 }, 0, Buffer.from('again'));
    expect(await all.next()).toMatchObject({ id: '2:5', data: 'again' });
    await finish(job, 2, 5);
    expect(await all.next()).toMatchObject({ event: 'end', data: { execution: 2 } });
  });

  test('replaces what is no UTF-8, and loses no byte of the rest', async () => {
    const { job } = await leasedJob(web);
    const long = Buffer.concat([BINARY, Buffer.from('ü€😀'.repeat(60_000)), Buffer.from([0xe2, 0x82])]);
    await web.logs.append({ job, execution: 1 }, 0, long);
    await finish(job, 1, long.length);
    using reader = web.events(`/api/jobs/${job}/log?follow=1`);
    const events = await reader.until(({ event }) => event === 'end');
    const text = events
      .filter(({ event }) => event === undefined)
      .map(({ data }) => data)
      .join('');
    expect(text).toBe(long.toString('utf8'));
    expect(events.length).toBeGreaterThan(8);
  });

  test('waits for the rest of the output, but not for ever', async () => {
    const { job } = await leasedJob(web);
    await web.logs.append({ job, execution: 1 }, 0, Buffer.from('some'));
    await finish(job, 1, 100);
    using reader = web.events(`/api/jobs/${job}/log?follow=1`);
    expect((await reader.next())?.event).toBe('execution');
    expect((await reader.next())?.data).toBe('some');
    while (web.clock.pending < 2) await new Promise((resolve) => setImmediate(resolve));
    web.clock.advance(5_000);
    expect(await reader.next()).toMatchObject({ event: 'end', data: { bytes: 4 } });
  });

  test('holds almost nothing for a reader that does not read, who is dropped and can go on', async () => {
    const { job } = await leasedJob(web);
    const size = 40_000_000;
    await web.logs.append({ job, execution: 1 }, 0, Buffer.alloc(size, 'x'));
    using reader = web.events(`/api/jobs/${job}/log?follow=1`);
    const answer = await reader.answer;
    answer.pause();
    const closed = new Promise((resolve) => answer.once('close', resolve).once('error', () => {}));
    while (web.clock.pending < 2) await new Promise((resolve) => setImmediate(resolve)); // it waits for the reader
    web.clock.advance(30_000);
    answer.resume();
    await closed;
    using again = web.events(`/api/jobs/${job}/log?follow=1`, { 'last-event-id': `1:${size - 5}` });
    expect((await again.next())?.id).toBe(`1:${size - 5}`);
    expect((await again.next())?.data).toBe('xxxxx');
  });

  test('leaves nothing behind when the reader goes', async () => {
    const { job } = await leasedJob(web);
    const reader = web.events(`/api/jobs/${job}/log?follow=1`);
    await reader.next();
    expect(web.clock.pending).toBe(1);
    reader.close();
    while (web.clock.pending > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  test('is asked about with HEAD without being opened', async () => {
    const { job } = await leasedJob(web);
    const answer = await web.ask(`/api/jobs/${job}/log?follow=1`, { method: 'HEAD' });
    expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
    while (web.clock.pending > 0) await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('events', () => {
  test('come from now on, each with its id, and can be resumed without a gap', async () => {
    await web.store.addRepository(newRepository('local/before'), web.clock.now());
    using reader = web.events('/api/events');
    const start = await reader.next();
    expect(start).toMatchObject({ id: '1', data: undefined });
    await leasedJob(web);
    const types = (events: { data: unknown }[]) => events.map(({ data }) => (data as { type: string }).type);
    const events = await reader.until(({ data }) => (data as { type: string }).type === 'job.leased');
    expect(types(events)).toEqual(['run.queued', 'job.queued', 'job.leased']);
    expect(events[0]?.data).toMatchObject({ id: 2, at: '2026-01-01T00:00:00.000Z', repository: 'local/before' });
    reader.close();
    await leasedJob(web, 2);
    using again = web.events('/api/events', { 'last-event-id': events[1]?.id ?? '' });
    await again.next();
    expect(types(await again.until(({ id }) => id === '7'))).toEqual([
      'job.leased',
      'run.queued',
      'job.queued',
      'job.leased',
    ]);
    using all = web.events('/api/events?after=0');
    expect((await all.until(({ id }) => id === '7')).map(({ id }) => id)).toEqual([
      '0',
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '7',
    ]);
  });

  test('reach all who watch, once each, in order, however many come', async () => {
    const repository = await web.store.addRepository(newRepository(), web.clock.now());
    const readers = Array.from({ length: 5 }, () => web.events('/api/events'));
    for (const reader of readers) await reader.next();
    for (let n = 0; n < 30; n += 1) await web.store.addRepository(newRepository(`local/${n}`), web.clock.now());
    for (const reader of readers) {
      const ids = (await reader.until(({ id }) => id === '31')).map(({ id }) => Number(id));
      expect(ids).toEqual(Array.from({ length: 30 }, (_, at) => at + 1 + repository.id));
      reader.close();
    }
  });

  test('reach many who watch, all of them, at once after a quiet time and else after a pause', async () => {
    const readers = Array.from({ length: 50 }, () => web.events('/api/events'));
    for (const reader of readers) expect(await reader.next()).toMatchObject({ id: '0' });
    await web.store.addRepository(newRepository('local/first'), web.clock.now());
    for (const reader of readers) expect(await reader.next()).toMatchObject({ id: '1' });
    await web.store.addRepository(newRepository('local/second'), web.clock.now());
    while (web.clock.untilNext === undefined) await new Promise((resolve) => setImmediate(resolve));
    expect(web.clock.untilNext).toBe(30);
    web.clock.advance(30);
    for (const reader of readers) {
      expect(await reader.next()).toMatchObject({ id: '2' });
      reader.close();
    }
  });

  test('a comment each 15 s shows that the connection lives', async () => {
    using reader = web.events('/api/events');
    await reader.next();
    web.clock.advance(15_000);
    await web.store.addRepository(newRepository(), web.clock.now());
    await reader.next();
    expect(reader.comments).toEqual(['alive']);
  });

  test('end when the server stops', async () => {
    using reader = web.events('/api/events');
    await reader.next();
    const ended = reader.next();
    await web.http.close();
    expect(await ended).toBeUndefined();
    expect(web.clock.pending).toBe(0);
  });

  test('a cursor from a database that is gone begins now', async () => {
    using reader = web.events('/api/events', { 'last-event-id': '9999' });
    expect(await reader.next()).toMatchObject({ id: '0' });
    await web.store.addRepository(newRepository(), web.clock.now());
    expect(await reader.next()).toMatchObject({ id: '1' });
  });
});
