import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { Connection } from '../../src/protocol/connection.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { waitFor } from '../support/wait-for.ts';

const number = z.number();

/** Two ends of a real connection; `waitMs`: how long what the first says may wait. */
async function connected(wait: { ms: number }, clock: ManualClock) {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  const near = connect(address.port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  const heard: { readonly near: number[]; readonly far: number[] } = { near: [], far: [] };
  const events = (list: number[]) => ({ message: (value: number) => void list.push(value), closed: () => {} });
  const from = { clock, schema: number };
  const mayWaitMs = () => wait.ms;
  const one = new Connection<number, number>(near, { ...from, events: events(heard.near), mayWaitMs });
  const other = new Connection<number, number>(far, { ...from, events: events(heard.far) });
  const end = async () => {
    one.close('the end');
    other.close('the end');
    server.close();
    await once(server, 'close');
  };
  return { one, other, heard, [Symbol.asyncDispose]: end };
}

test('what may wait goes out when its time is up, or with the first that may not', async () => {
  const clock = new ManualClock();
  const wait = { ms: 10 };
  await using both = await connected(wait, clock);
  const { one, other, heard } = both;
  one.send(1);
  one.send(2);
  other.send(0);
  await waitFor('the other side', () => heard.near.length === 1);
  expect(heard.far).toEqual([]);
  clock.advance(10);
  await waitFor('both', () => heard.far.length === 2);
  one.send(3);
  wait.ms = 0;
  one.send(4);
  await waitFor('the next two', () => heard.far.length === 4);
  expect(heard.far).toEqual([1, 2, 3, 4]);
});

test('what waits goes out before the connection is ended, or when somebody asks for it', async () => {
  const clock = new ManualClock();
  await using both = await connected({ ms: 10 }, clock);
  const { one, heard } = both;
  one.send(1);
  one.flush();
  await waitFor('the first', () => heard.far.length === 1);
  one.send(2);
  one.end('it is over');
  await waitFor('the last', () => heard.far.length === 2);
  expect(heard.far).toEqual([1, 2]);
});
