import { expect, test } from 'vitest';
import {
  BadClassicMessageError,
  ClassicReader,
  parseClassicCommand,
  verdictOfUnittest,
} from '../../src/protocol/classic.ts';

const sha = 'a1'.repeat(20);
const read = (...parts: string[]) => {
  const reader = new ClassicReader();
  let message: ReturnType<ClassicReader['push']>;
  for (const part of parts) message = reader.push(Buffer.from(part));
  return message;
};

test('status is complete at its last letter', () => {
  expect(read('sta')).toBeUndefined();
  expect(read('sta', 'tus')).toEqual({ type: 'status' });
});

test('a dispatch is complete at the last hex digit, wherever it was split', () => {
  expect(read(`dispatch:${sha.slice(0, 39)}`)).toBeUndefined();
  expect(read('disp', `atch:${sha.slice(0, 39)}`, sha.slice(39))).toEqual({ type: 'dispatch', sha });
});

test('a registration is complete when nothing more comes', () => {
  const reader = new ClassicReader();
  expect(reader.push(Buffer.from('register:localhost:89'))).toBeUndefined();
  expect(reader.push(Buffer.from('01'))).toBeUndefined();
  expect(reader.atSilence()).toEqual({ type: 'register', host: 'localhost', port: 8901 });
});

test('results of 5 MB in odd packets arrive whole, colons and all', () => {
  const text = Buffer.alloc(5_000_000, 'ok: 1\n');
  const message = Buffer.concat([Buffer.from(`results:${sha}:${text.length}:`), text]);
  const reader = new ClassicReader();
  let found: ReturnType<ClassicReader['push']>;
  let at = 0;
  for (let size = 1; at < message.length; size = ((size * 7) % 4093) + 1) {
    found = reader.push(message.subarray(at, at + size));
    at += size;
  }
  expect(found).toMatchObject({ type: 'results', sha });
  expect(found?.type === 'results' && found.text.equals(text)).toBe(true);
});

test('an empty result is a result', () => {
  expect(read(`results:${sha}:0:`)).toEqual({ type: 'results', sha, text: Buffer.alloc(0) });
});

test.each(['hello', 'GET / HTTP/1.1', 'dispatcher', `results:${sha}:999999999999:`])('%s is refused', (text) => {
  expect(() => read(text.padEnd(1100))).toThrow(BadClassicMessageError);
});

test('a test runner understands ping and runtest', () => {
  expect(parseClassicCommand(Buffer.from('ping'))).toEqual({ type: 'ping' });
  expect(parseClassicCommand(Buffer.from(`runtest:${sha}`))).toEqual({ type: 'runtest', sha });
  expect(parseClassicCommand(Buffer.from('runtest:12'))).toBeUndefined();
});

test.each([
  ['Ran 2 tests in 0.1s\n\nOK\n', 'success'],
  ['Ran 2 tests in 0.1s\n\nOK (skipped=1)\n', 'success'],
  ['OK\nRan 2 tests in 0.1s\n\nFAILED (failures=1)\n', 'failure'],
  ['Ran 0 tests in 0.000s\n\nNO TESTS RAN\n', 'failure'],
  ['Traceback (most recent call last):\n', 'error'],
])('the verdict of %j is %s', (text, conclusion) => {
  expect(verdictOfUnittest(text).conclusion).toBe(conclusion);
});
