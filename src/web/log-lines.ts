import { buffer } from 'node:stream/consumers';
import type { LogKey, LogStore } from '../store/log-store.ts';
import type { LogTime } from '../store/log-times.ts';
import type { LogLineIndex } from './log-line-index.ts';

/** One line of a log, as a page shows it. */
export interface LogLine {
  /** Counted from 1. */
  readonly n: number;
  /** Without its end; of a line that was redrawn (`\r`) the last state. Colours are in it as the program wrote them. */
  readonly text: string;
  /** How many bytes of it are left out, if any are. */
  readonly cut?: number;
  /** When it came: ISO 8601, UTC. Null: it came as its step began. */
  readonly at: string | null;
}

/** Most bytes of a line that are shown. */
const LINE_BYTES = 16 * 1024;
/** Most bytes that are read for one answer. */
const ANSWER_BYTES = 1024 * 1024;
const NEWLINE = 10;

/** Reads lines of one log. */
export interface LineReader {
  readonly logs: LogStore;
  readonly key: LogKey;
  readonly index: LogLineIndex;
  readonly times: readonly LogTime[];
}

/**
 * Up to `count` lines from line `from` on, counted from 0. Fewer where there are no more, or where they are so long that one
 * answer would not hold them: whoever asks goes on after the last one.
 */
export async function readLines(reader: LineReader, from: number, count: number): Promise<LogLine[]> {
  const { logs, key, index } = reader;
  const [start, end] = [await index.offsetOf(from), await index.offsetOf(from + count)];
  if (end - start > ANSWER_BYTES) return readLongLines(reader, from, count);
  if (end <= start) return [];
  const bytes = await buffer(await logs.read(key, start, end));
  const lines: LogLine[] = [];
  for (let at = 0; at < bytes.length && lines.length < count; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const next = newline < 0 ? bytes.length : newline + 1;
    lines.push(lineOf(reader, from + lines.length, start + at, bytes.subarray(at, newline < 0 ? next : newline)));
    at = next;
  }
  return lines;
}

/** The same one by one, so that of a line of any length only its beginning and its end are read. */
async function readLongLines(reader: LineReader, from: number, count: number): Promise<LogLine[]> {
  const { logs, key, index } = reader;
  const lines: LogLine[] = [];
  let budget = ANSWER_BYTES;
  let start = await index.offsetOf(from);
  for (let line = from; line < from + count && start < index.bytes && budget > 0; line++) {
    const next = await index.offsetOf(line + 1);
    const end = line < index.lineEnds ? next - 1 : next;
    const isLong = end - start > 2 * LINE_BYTES;
    const head = await buffer(await logs.read(key, start, isLong ? start + LINE_BYTES : end));
    const tail = isLong ? await buffer(await logs.read(key, end - LINE_BYTES, end)) : undefined;
    lines.push(lineOf(reader, line, start, head, tail, end - start));
    budget -= head.length + (tail?.length ?? 0);
    start = next;
  }
  return lines;
}

function lineOf(
  { times }: LineReader,
  line: number,
  offset: number,
  head: Buffer,
  tail?: Buffer,
  size = head.length,
): LogLine {
  const last = lastState(tail ?? head);
  // a long line that is no progress bar is shown from its beginning
  const shown = tail !== undefined && last.length === tail.length ? head : last;
  const kept = shown.subarray(0, LINE_BYTES);
  const isRedrawn = shown !== head && kept.length === last.length;
  const cut = isRedrawn ? 0 : size - kept.length;
  const at = timeAt(times, offset);
  return { n: line + 1, text: kept.toString('utf8'), ...(cut > 0 && kept.length < size ? { cut } : {}), at };
}

/** What a terminal would show of a line in the end. */
function lastState(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 13) end -= 1;
  return bytes.subarray(bytes.lastIndexOf(13, end - 1) + 1, end);
}

function timeAt(times: readonly LogTime[], offset: number): string | null {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle]?.offset ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const found = times[low - 1];
  return found === undefined ? null : new Date(found.atMs).toISOString();
}
