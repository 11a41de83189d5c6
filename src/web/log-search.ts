import type { LogKey, LogStore } from '../store/log-store.ts';
import { countLines } from './log-line-index.ts';

/** What a search found. */
export interface LogHits {
  /** Lines, counted from 1, that hold the text. */
  readonly lines: readonly number[];
  /** There are more than are told. */
  readonly isCapped: boolean;
}

/** Lines that one search tells of. */
const MOST_HITS = 10_000;
/** A line longer than this is looked at in pieces. */
const MOST_LINE_BYTES = 1024 * 1024;
/** Text that is made of a log at once. Longer ones are not on the heap: what they cost the collector is most of a search. */
const SLICE_BYTES = 64 * 1024;
const NEWLINE = 10;
const ESCAPE = 27;
/** Colours may stand between any two characters. */
const COLOURS = '(?:\\u001b\\[[0-9;]*m)*';

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
  const hits = new Hits(query);
  const known = new Map((await logs.marks(key)).map(({ offset, lines }) => [offset, lines]));
  let rest: Buffer = Buffer.alloc(0);
  let offset = 0;
  /** The chunk before, and the line ends before it: they are counted only where the index of the log does not tell. */
  let last = { bytes: rest, before: 0 };
  for await (const chunk of (await logs.read(key)) as AsyncIterable<Buffer>) {
    if (isAborted() || hits.isCapped) break;
    const before = known.get(offset) ?? last.before + countLines(last.bytes);
    last = { bytes: chunk, before };
    offset += chunk.length;
    const first = chunk.indexOf(NEWLINE) + 1;
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    // a line on the border of two chunks is put together; the others are looked at where they are
    if (first > 0 && rest.length > 0) hits.lookAt(Buffer.concat([rest, chunk.subarray(0, first)]), before);
    if (first > 0) hits.lookAt(chunk, before, rest.length > 0 ? first : 0, end);
    rest = first > 0 ? Buffer.from(chunk.subarray(end)) : Buffer.concat([rest, chunk]);
    if (rest.length <= MOST_LINE_BYTES) continue;
    hits.lookAt(rest, before + (first > 0 ? countLines(chunk) : 0));
    rest = Buffer.alloc(0);
  }
  if (!isAborted()) hits.lookAt(rest, last.before + countLines(last.bytes));
  return { lines: hits.lines, isCapped: hits.isCapped };
}

/** The lines that hold a text. */
class Hits {
  readonly lines: number[] = [];
  readonly #plain: RegExp;
  readonly #coloured: RegExp;

  constructor(query: string) {
    const { plain, coloured } = patternsOf(query);
    this.#plain = plain;
    this.#coloured = coloured;
  }

  get isCapped(): boolean {
    return this.lines.length >= MOST_HITS;
  }

  /** Looks at whole lines, from `start` to `end`. `before`: line ends before these bytes. */
  lookAt(bytes: Buffer, before: number, start = 0, end = bytes.length): void {
    let counted = 0;
    let line = before + 1;
    let escaped = -1;
    for (let from = start; from < end && !this.isCapped; ) {
      const to = endOfSlice(bytes, from, end);
      if (escaped < from) escaped = nextEscape(bytes, from);
      const pattern = escaped < to ? this.#coloured : this.#plain;
      // one byte a character: a place in the text is a place in the log, and bytes that are no UTF-8 are no matter
      const text = bytes.toString('latin1', from, to);
      pattern.lastIndex = 0;
      for (let found = pattern.exec(text); found !== null && !this.isCapped; found = pattern.exec(text)) {
        line += countLines(bytes.subarray(counted, from + found.index));
        counted = from + found.index;
        if (this.lines.at(-1) !== line) this.lines.push(line);
        // one a line is enough
        const next = text.indexOf('\n', found.index);
        if (next < 0) break;
        pattern.lastIndex = next + 1;
      }
      from = to;
    }
  }
}

/** Where a slice of whole lines ends. */
function endOfSlice(bytes: Buffer, from: number, end: number): number {
  if (end - from <= SLICE_BYTES) return end;
  const last = bytes.lastIndexOf(NEWLINE, from + SLICE_BYTES - 1) + 1;
  if (last > from) return last;
  const next = bytes.indexOf(NEWLINE, from) + 1;
  return next === 0 || next > end ? end : next;
}

function nextEscape(bytes: Buffer, from: number): number {
  const at = bytes.indexOf(ESCAPE, from);
  return at < 0 ? Number.POSITIVE_INFINITY : at;
}

/** What is looked for, in bytes as characters. A regular expression passes over a text several times faster than it is made lower case. */
function patternsOf(query: string) {
  const isExact = query !== query.toLowerCase();
  const characters = [...query].map((one) => {
    const forms = isExact ? [one] : [...new Set([one, one.toUpperCase()])];
    if (forms.length === 1) return bytesOf(one);
    const isByte = forms.every((form) => Buffer.byteLength(form) === 1);
    return isByte ? `[${forms.map(bytesOf).join('')}]` : `(?:${forms.map(bytesOf).join('|')})`;
  });
  return { plain: new RegExp(characters.join(''), 'g'), coloured: new RegExp(characters.join(COLOURS), 'g') };
}

function bytesOf(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');
}
