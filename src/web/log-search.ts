import { withoutColours } from '../model/failure-line.ts';
import type { LogKey, LogStore } from '../store/log-store.ts';
import { wholeLines } from './log-outline.ts';

/** What a search found. */
export interface LogHits {
  /** Lines, counted from 1, that hold the text. */
  readonly lines: readonly number[];
  /** There are more than are told. */
  readonly isCapped: boolean;
}

/** Lines that one search tells of. */
const MOST_HITS = 10_000;
const NEWLINE = 10;

/**
 * Looks through a whole log. Upper and lower case are the same unless `query` has capitals; colours are not in the way.
 * @param isAborted asked between pieces: nobody waits any more.
 */
export async function searchLog(
  logs: LogStore,
  key: LogKey,
  query: string,
  isAborted: () => boolean = () => false,
): Promise<LogHits> {
  const isExact = query !== query.toLowerCase();
  const bytesOfQuery = Buffer.from(query).toString('latin1');
  const wanted = isExact ? bytesOfQuery : bytesOfQuery.toLowerCase();
  const lines: number[] = [];
  let before = 0;
  for await (const bytes of wholeLines(withEnd(await logs.read(key)))) {
    if (isAborted()) break;
    const plain = withoutColours(bytes.toString('latin1'));
    const text = isExact ? plain : plain.toLowerCase();
    let line = before + 1;
    let from = 0;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, from)) {
      line += countIn(text, from, at);
      lines.push(line);
      if (lines.length >= MOST_HITS) return { lines, isCapped: true };
      const next = text.indexOf('\n', at);
      if (next < 0) break;
      from = next + 1;
      line += 1;
    }
    before += countIn(text, 0, text.length);
  }
  return { lines, isCapped: false };
}

function countIn(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at >= 0 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** A last line without an end gets one. */
async function* withEnd(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let last: Buffer | undefined;
  for await (const chunk of stream) {
    last = chunk;
    yield chunk;
  }
  if (last !== undefined && last.at(-1) !== NEWLINE) yield Buffer.from('\n');
}
