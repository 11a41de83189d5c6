import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutColours } from '../../src/model/failure-line.ts';
import type { LogKey, LogMark, LogStore } from '../../src/store/log-store.ts';
import { LogLineIndex } from '../../src/web/log-line-index.ts';
import { readLines } from '../../src/web/log-lines.ts';
import { LogOutliner, openingIn } from '../../src/web/log-outline.ts';
import { searchLog } from '../../src/web/log-search.ts';

const KEY: LogKey = { job: 1, execution: 1 };

/** A log in memory that is read in chunks of `chunkBytes`. */
function logOf(text: string | Buffer, chunkBytes = 7, marks: readonly LogMark[] = []) {
  const log: Pick<LogStore, 'size' | 'marks' | 'read'> & { bytes: Buffer } = {
    bytes: Buffer.from(text),
    size: async () => log.bytes.length,
    marks: async () => marks,
    read: async (_key: LogKey, start = 0, end = log.bytes.length) => {
      const part = log.bytes.subarray(start, end);
      const chunks = Array.from({ length: Math.ceil(part.length / chunkBytes) }, (_, at) =>
        part.subarray(at * chunkBytes, (at + 1) * chunkBytes),
      );
      return Readable.from(chunks);
    },
  };
  return log as typeof log & LogStore;
}

async function textsOf(log: LogStore, from: number, count: number): Promise<string[]> {
  const index = new LogLineIndex(log, KEY);
  await index.refresh();
  return (await readLines({ logs: log, key: KEY, index, times: [] }, from, count)).map(({ text }) => text);
}

test('each line of a log is found by its number, whatever the chunks', async () => {
  const lines = Array.from({ length: 500 }, (_, n) => `line ${n} ${'x'.repeat(n % 40)}`);
  const log = logOf(lines.join('\n'));
  const index = new LogLineIndex(log, KEY);
  await index.refresh();
  for (const at of [0, 1, 17, 250, 499]) {
    const offset = await index.offsetOf(at);
    expect(log.bytes.subarray(offset).toString().startsWith(`line ${at} `)).toBe(true);
    expect(await index.lineAt(offset)).toBe(at);
  }
  expect(await textsOf(log, 498, 10)).toEqual(lines.slice(498));
});

test('marks of a packed log are taken, and only what lies between two of them is read', async () => {
  const text = Array.from({ length: 100 }, (_, n) => `${String(n).padStart(3, '0')}\n`).join('');
  const marks = [0, 40, 80, 100].map((lines) => ({ offset: lines * 4, lines }));
  const log = logOf(text, 1000, marks);
  const reads: (number | undefined)[][] = [];
  const counted: LogStore = {
    ...log,
    read: (key, start, end) => {
      reads.push([start, end]);
      return log.read(key, start, end);
    },
  };
  const index = new LogLineIndex(counted, KEY);
  await index.refresh();
  expect([index.bytes, index.lineEnds]).toEqual([400, 100]);
  expect(await index.offsetOf(41)).toBe(164);
  expect(reads).toEqual([[160, 320]]);
});

test('a log that has grown is gone through from where its end was', async () => {
  const log = logOf('one\ntwo');
  const index = new LogLineIndex(log, KEY);
  await index.refresh();
  expect(index.lineEnds).toBe(1);
  log.bytes = Buffer.from('one\ntwo\nthree\n');
  await index.refresh();
  expect(index.lineEnds).toBe(3);
  expect(await index.offsetOf(2)).toBe(8);
});

test('a line that a progress bar draws again and again is its last state', async () => {
  expect(await textsOf(logOf('10%\r50%\r100%\r\ndone\n'), 0, 2)).toEqual(['100%', 'done']);
});

test('of a line without an end in sight its beginning is shown, and how much is left out', async () => {
  const log = logOf(`${'x'.repeat(3_000_000)}\nnext\n`, 65_536);
  const index = new LogLineIndex(log, KEY);
  await index.refresh();
  const [long, next] = await readLines({ logs: log, key: KEY, index, times: [] }, 0, 2);
  expect([long?.text.length, long?.cut, next?.text]).toEqual([16_384, 3_000_000 - 16_384, 'next']);
});

test('of a progress bar of megabytes the last state is shown', async () => {
  const bar = Array.from({ length: 300_000 }, (_, n) => `step ${n}`).join('\r');
  expect(await textsOf(logOf(`${bar}\nnext\n`, 65_536), 0, 2)).toEqual(['step 299999', 'next']);
});

test('bytes that are no text are shown as marks, and the lines after them are right', async () => {
  const bytes = Buffer.concat([Buffer.from('a\u0000b\n'), Buffer.from([0xff, 0xfe, 10]), Buffer.from('é\n')]);
  expect(await textsOf(logOf(bytes, 3), 0, 3)).toEqual(['a\u0000b', '\ufffd\ufffd', 'é']);
});

test('lines have the time at which they came', async () => {
  const log = logOf('one\ntwo\nthree\n');
  const index = new LogLineIndex(log, KEY);
  await index.refresh();
  const times = [
    { offset: 0, atMs: 1_000 },
    { offset: 8, atMs: 2_500 },
  ];
  const lines = await readLines({ logs: log, key: KEY, index, times }, 0, 3);
  expect(lines.map(({ at }) => at?.slice(17))).toEqual(['01.000Z', '01.000Z', '02.500Z']);
});

const FAILED = [
  '##[group]Run npm test',
  'npm test',
  '##[endgroup]',
  ' ✓ passes',
  '   × gives up after the third attempt',
  '     → expected 4 to be 3',
  'Test Files  2 failed',
  '##[group]Post',
  'still going',
];

test('groups and lines that say that something failed are found', async () => {
  const outliner = new LogOutliner(logOf(`${FAILED.join('\n')}\n`), KEY);
  await outliner.refresh();
  expect(outliner.outline).toMatchObject({
    groups: [
      { line: 1, end: 3, lines: 1, title: 'Run npm test' },
      { line: 8, end: null, lines: null, title: 'Post' },
    ],
    failures: [5],
  });
});

test('a group has the same lines, whether it ends itself or where the next one begins', async () => {
  const log = '##[group]one\na\nb\n##[group]two\na\nb\n##[endgroup]\n##[group]three\n';
  const outliner = new LogOutliner(logOf(log), KEY);
  await outliner.refresh();
  expect(outliner.outline.groups).toMatchObject([
    { line: 1, end: 3, lines: 2 },
    { line: 4, end: 7, lines: 2 },
    { line: 8, end: null },
  ]);
});

test.each([
  ['FAIL src/a.test.ts', true],
  ['FAILED (failures=1)', true],
  ['--- FAIL: TestAdd (0.00s)', true],
  ['not ok 3 - adds', true],
  ['AssertionError: expected 4 to be 3', true],
  ['java.lang.IllegalStateException: no', true],
  ['src/a.ts(3,1): error TS2304', false],
  ['a.c:3:1: error: expected ;', true],
  ['error[E0308]: mismatched types', true],
  ["thread 'main' panicked at src/main.rs:2", true],
  ['##[error]it is broken', true],
  ['##[error]Process completed with exit code 1.', false],
  ['Traceback (most recent call last):', true],
  ['npm error code ELIFECYCLE', true],
  ['Failures: 0', false],
  ['FAILURES: 0', false],
  ['0 errors, all good', false],
  ['renders the ErrorBoundary', false],
])('%s: a failure? %s', async (line, isFailure) => {
  const outliner = new LogOutliner(logOf(`${line}\n`), KEY);
  await outliner.refresh();
  expect(outliner.outline.failures).toEqual(isFailure ? [1] : []);
});

const HEAD = '##[group]Run make\necho error: in a script\n##[endgroup]\n';
const CLOSING = '##[error]Process completed with exit code 2.\n\n[signalbox] make: failure after 1 s\n';

test.each([
  ['the first line that says that something failed', `${HEAD}fine\nTypeError: x\n  at y\n${CLOSING}`, 'TypeError: x'],
  ['the last one that the step wrote', `${HEAD}fine\n3 things are wrong\n\n${CLOSING}`, '3 things are wrong'],
  ['the last one of a group', `${HEAD}##[group]all\nit is red\n##[endgroup]\n${CLOSING}`, 'it is red'],
  ['what the runner says of a step that wrote nothing', `${HEAD}${CLOSING}`, CLOSING.split('\n', 1)[0]],
  ['the last line, though it has no end', 'a\nb', 'b'],
  ['a signal', `${HEAD}fine\n##[error]Process completed with signal SIGSEGV.\n`, 'fine'],
  ['what a step is about to do, as the only thing known', '##[group]Run make\nmake\n', 'make'],
])('a failed step is opened at %s', async (_, text, line) => {
  for (const chunkBytes of [7, 64 * 1024]) {
    const log = logOf(`before\n${text}`, chunkBytes);
    const at = await openingIn(log, { key: KEY, start: 7, end: log.bytes.length });
    expect(log.bytes.subarray(at).toString().split('\n', 1)[0]).toBe(line);
  }
});

test('a search finds each line that holds the text, without regard to case, colours and borders of chunks', async () => {
  const log = logOf('Attempt 1\nnothing\n\u001b[31matt\u001b[0mempt attempt\nlast ATTEMPT');
  expect(await searchLog(log, KEY, 'attempt')).toEqual({ lines: [1, 3, 4], isCapped: false });
  expect(await searchLog(log, KEY, 'ATTEMPT')).toEqual({ lines: [4], isCapped: false });
  expect(await searchLog(log, KEY, 'nowhere')).toEqual({ lines: [], isCapped: false });
});

test('a search finds what is not ASCII', async () => {
  expect(await searchLog(logOf('größe\nGROßE\n× ✗\n', 3), KEY, 'größe')).toEqual({ lines: [1], isCapped: false });
  expect(await searchLog(logOf('größe\nx\n× ✗\n', 3), KEY, '✗')).toEqual({ lines: [3], isCapped: false });
});

test('a search finds letters of any script in both cases, and takes no character for an operator', async () => {
  expect(await searchLog(logOf('GRÖSSE\nÉtat (x)\n', 3), KEY, 'état (')).toEqual({ lines: [2], isCapped: false });
  expect(await searchLog(logOf('a.b\na+b\n', 3), KEY, 'a+b')).toEqual({ lines: [2], isCapped: false });
});

test('a search numbers lines as whoever counts them all, with the index of a packed log and without', async () => {
  const part = fc.constantFrom('a', 'B', '\n', '\n', 'é', '\u001b[1;31m', '\u001b[', 'x', '\r');
  const logs = fc.array(part, { maxLength: 60 }).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(logs, fc.constantFrom('a', 'ab', 'B', 'éx', 'xx'), fc.nat({ max: 9 }), async (text, query, at) => {
      const size = at + 1;
      const bytes = Buffer.from(text);
      const ends = (offset: number) => bytes.subarray(0, offset).toString('latin1').split('\n').length - 1;
      const offsets = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => n * size);
      const marks = [...offsets, bytes.length].map((offset) => ({ offset, lines: ends(offset) }));
      const fold = (one: string) => (query === query.toLowerCase() ? one.toLowerCase() : one);
      const lines = withoutColours(text)
        .split('\n')
        .flatMap((line, n) => (fold(line).includes(query) ? [n + 1] : []));
      expect(await searchLog(logOf(text, size), KEY, query)).toEqual({ lines, isCapped: false });
      expect(await searchLog(logOf(text, size, marks), KEY, query)).toEqual({ lines, isCapped: false });
    }),
    { numRuns: 300 },
  );
});

test('a search that nobody waits for any more ends', async () => {
  expect(await searchLog(logOf('a\na\na\n'), KEY, 'a', () => true)).toEqual({ lines: [], isCapped: false });
});
