import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ExecutionResult } from '../../src/protocol/execution-result.ts';
import type { LogChunk } from '../../src/protocol/frame.ts';
import type { ToDispatcher } from '../../src/protocol/to-dispatcher.ts';
import { LogStream } from '../../src/runner/log-stream.ts';
import { LogWriter } from '../../src/runner/log-writer.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { tempDir } from '../support/temp.ts';

const key = { job: 1, execution: 1 };

function fdIn(folder: string): number {
  return openSync(join(folder, 'log'), 'w+');
}

/** A connection that writes down what it is given. */
class Wire {
  unsentBytes = 0;
  flush = () => {};
  isClosed = false;
  readonly chunks: LogChunk[] = [];
  readonly messages: ToDispatcher[] = [];
  send(message: ToDispatcher): void {
    this.messages.push(message);
  }
  async sendLog(chunk: LogChunk): Promise<void> {
    this.chunks.push({ ...chunk, bytes: Buffer.from(chunk.bytes) });
  }
  get text(): string {
    return Buffer.concat(this.chunks.map((chunk) => chunk.bytes)).toString();
  }
}

function resultOf(logBytes: number): ExecutionResult {
  const none = { reason: null, exit: null, startedAt: null, logBytesDropped: 0, steps: [], leftovers: [] };
  return { ...key, conclusion: 'success', completedAt: 1, logBytes, ...none };
}

test('our own lines stand on lines of their own, and are kept beyond the limit', async () => {
  await using dir = await tempDir();
  const log = new LogWriter({ fd: fdIn(dir.path), limitBytes: 5 });
  log.line('begin');
  log.output(Buffer.from('abc'));
  log.line('middle');
  log.output(Buffer.from('defg'));
  log.output(Buffer.from('hij'));
  log.markDropped();
  log.close();
  const mark = '[signalbox] output beyond 0 MB was thrown away: 5 bytes\n';
  expect(await readFile(join(dir.path, 'log'), 'utf8')).toBe(`begin\nabc\nmiddle\nde\n${mark}`);
  expect(log.droppedBytes).toBe(5);
});

test('output of one moment goes over the wire in one frame, and the result after it', async () => {
  await using dir = await tempDir();
  const [clock, wire] = [new ManualClock(), new Wire()];
  const log: LogWriter = new LogWriter({ fd: fdIn(dir.path), onAppended: (bytes) => stream.appended(bytes) });
  const stream = new LogStream(key, log, clock);
  stream.attach(wire, 0);
  for (const text of ['a', 'b', 'c']) log.output(Buffer.from(text));
  expect(wire.chunks).toEqual([]);
  clock.advance(10);
  expect(wire.text).toBe('abc');
  log.output(Buffer.from('d'));
  stream.finish(resultOf(log.bytes));
  expect(wire.chunks.map(({ offset }) => offset)).toEqual([0, 3]);
  expect(wire.messages).toEqual([{ type: 'finished', result: resultOf(4) }]);
  expect(clock.pending).toBe(0);
  log.close();
});

test('a new connection gets the log from where the dispatcher says, and the result again', async () => {
  await using dir = await tempDir();
  const clock = new ManualClock();
  const log = new LogWriter({ fd: fdIn(dir.path) });
  const stream = new LogStream(key, log, clock);
  log.output(Buffer.from('0123456789'));
  stream.finish(resultOf(10));
  const told = async (offset: number) => {
    const wire = new Wire();
    stream.attach(wire, offset);
    await expect.poll(() => wire.messages.length).toBe(1);
    return { text: wire.text, messages: wire.messages };
  };
  expect(await told(0)).toEqual({ text: '0123456789', messages: [{ type: 'finished', result: resultOf(10) }] });
  expect((await told(7)).text).toBe('789');
  expect((await told(10)).text).toBe('');
  log.close();
});

test('a log that lost its end in a power cut is sent as far as it goes, and the result says so', async () => {
  await using dir = await tempDir();
  const log = new LogWriter({ fd: fdIn(dir.path) });
  log.output(Buffer.from('01234'));
  const [stream, wire] = [new LogStream(key, log, new ManualClock()), new Wire()];
  stream.finish(resultOf(9));
  stream.attach(wire, 0);
  await expect.poll(() => wire.messages.length).toBe(1);
  expect(wire.messages).toEqual([{ type: 'finished', result: { ...resultOf(5), logBytesDropped: 4 } }]);
  log.close();
});

test('a disk that is full is told once, and what could not be kept is counted', () => {
  const reasons: string[] = [];
  const fd = openSync('/dev/full', 'r+');
  const log = new LogWriter({ fd, onFailed: (reason) => reasons.push(reason) });
  for (const text of ['abc', 'de']) log.output(Buffer.from(text));
  closeSync(fd);
  expect(reasons).toEqual([expect.stringMatching(/^the log could not be kept: ENOSPC/)]);
  expect([log.bytes, log.droppedBytes]).toEqual([0, 5]);
});
