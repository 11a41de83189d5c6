import { join } from 'node:path';
import type { Body, Message, Sending, Sink } from '../../src/reporter/message.ts';
import { Outbox, type OutboxLimits } from '../../src/reporter/outbox.ts';
import { PostOffice } from '../../src/reporter/post-office.ts';
import { createLogger } from '../../src/support/logger.ts';
import { ManualClock } from './manual-clock.ts';
import { tempDir } from './temp.ts';
import { waitFor } from './wait-for.ts';

/** A message with what a test says of it. */
export function messageOf(key: string, more: Partial<Message> = {}): Message {
  return { sink: 'test:one', key, body: { key }, ...more };
}

/** A sink that does what a test tells it to. */
export class FakeSink implements Sink {
  /** What came through, in order. */
  readonly taken: Body[] = [];
  readonly sendings: Sending[] = [];
  /** Thrown at each try while it is set. */
  failure: Error | undefined;
  /** Asked at each try, before `failure`. */
  onSend: (body: Body, sending: Sending) => Promise<void> = async () => {};

  async send(body: Body, sending: Sending): Promise<void> {
    this.sendings.push(sending);
    await this.onSend(body, sending);
    if (this.failure !== undefined) throw this.failure;
    this.taken.push(body);
  }

  get keys(): unknown[] {
    return this.taken.map(({ key }) => key);
  }
}

/** A real outbox with its lanes, a clock that a test moves, and sinks that are fakes. */
export interface TestOffice extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly sink: FakeSink;
  readonly outbox: Outbox;
  /** Puts messages into the outbox, as the follower does. */
  add(...messages: Message[]): Promise<void>;
  /** Ends the lanes and the outbox, and starts them anew on the same file. */
  restart(): Promise<void>;
  /** Waits until so many tries were made. */
  tries(count: number): Promise<void>;
  /** Waits until so many messages came through. */
  taken(count: number): Promise<void>;
  /** Moves the clock, from timer to timer, until so many tries were made; the milliseconds that it took. */
  advanceUntil(tries: number): Promise<number>;
}

/** Starts one. */
export async function startOffice(limits: Partial<OutboxLimits> = {}): Promise<TestOffice> {
  const dir = await tempDir('signalbox-reporter-');
  const clock = new ManualClock();
  const sink = new FakeSink();
  let event = 0;
  let outbox: Outbox;
  let office: PostOffice;
  const open = async () => {
    outbox = await Outbox.open(join(dir.path, 'reporter.db'), limits);
    office = new PostOffice({
      ...{ outbox, clock, logger: createLogger('silent'), random: () => 0, onChange: () => {} },
      sinks: new Map([['test', sink]]),
    });
    await office.start();
  };
  const close = async () => {
    await office.stop();
    await outbox.close();
  };
  await open();
  return {
    clock,
    sink,
    get outbox() {
      return outbox;
    },
    async add(...messages) {
      await office.wake(await outbox.add(++event, messages, clock.now()));
    },
    async restart() {
      await close();
      await open();
    },
    tries: (count) => waitFor(`${count} tries`, () => sink.sendings.length >= count),
    taken: (count) => waitFor(`${count} messages`, () => sink.taken.length >= count),
    async advanceUntil(tries) {
      const from = +clock.now();
      await waitFor(`${tries} tries`, () => {
        if (sink.sendings.length >= tries) return true;
        clock.advance(clock.untilNext ?? 0);
        return false;
      });
      return +clock.now() - from;
    },
    async [Symbol.asyncDispose]() {
      await close();
      await dir[Symbol.asyncDispose]();
    },
  };
}
