import { stripVTControlCharacters } from 'node:util';

/** Longer lines are cut, in bytes. */
const MAX_LINE = 16 * 1024;
const [NEWLINE, SPACE, TAB, ESCAPE, BRACKET, DASH] = [0x0a, 0x20, 0x09, 0x1b, 0x5b, 0x2d];
const UNDERSCORE = 0x5f;
/** So much of a line has to be there before its beginning says anything, in bytes: colours and a timestamp come first. */
const ENOUGH = 64;
const NOTHING = Buffer.alloc(0);

const TIMESTAMP = /^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?[ \t]/;
/** What problem matchers put in front of a line. */
const MARK = /^##\[(?:error|warning|notice)\]/;

/** How lines begin that any reader looks for when it is not in the midst of something. */
const BEGINNINGS = [
  ...['\u2714', '\u2716', '\ufe63', '\u26a0', '\u25b6', '\u2139'], // node --test
  ...['TAP version ', '1..', '====', '----', '[gw', '##['],
  ...['=== RUN', '=== PAUSE', '=== CONT', '=== NAME', '--- PASS', '--- FAIL', '--- SKIP', 'FAIL\t', 'ok  \t', '{"'], // go
  ...['running ', 'Running ', 'Doc-tests '], // Cargo
  ...['RUN ', 'DEV ', 'PASS ', 'FAIL '], // vitest, jest
  ...['..', '.s', '.x', '.X', '.F', '.E', '. '], // pytest -q
].map((text) => Buffer.from(text));
/** Followed by a capital or `_`: a test of unittest with `-v`. Words of other tools begin so too. */
const TEST = Buffer.from('test');
const PASSING = Buffer.from(' passing');
const BY_FIRST: readonly (readonly Buffer[])[] = Array.from({ length: 256 }, (_, byte) =>
  [TEST, ...BEGINNINGS].filter(([first]) => first === byte),
);
/** Lines that begin so are none of those, whatever follows: most are. */
const IS_NONE = Uint8Array.from(BY_FIRST, (texts, byte) =>
  texts.length > 0 || byte === 0x1b || byte === 0x5b || (byte >= 0x30 && byte <= 0x39) ? 0 : 1,
);

/** Where lines go. */
export interface LogLineSink {
  /** Are all lines wanted? Else those that begin in a way that tells. */
  readonly wantsAll: boolean;
  /** Without its end, its colours and a timestamp at its beginning. */
  line(text: string): void;
}

/** Cuts output into lines. What nobody looks for costs one look at each byte, and no memory. */
export class LogLineReader {
  readonly #sink: LogLineSink;
  /** Of the line that is not complete, if it may be wanted. */
  #held: Buffer = NOTHING;
  #isSkipped = false;

  constructor(sink: LogLineSink) {
    this.#sink = sink;
  }

  /** `bytes` are only lent. */
  push(bytes: Buffer): void {
    let at = this.#finishHeld(bytes);
    while (at < bytes.length) {
      const start = at;
      while (at < bytes.length && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
      const isWanted = at === bytes.length || this.#sink.wantsAll || isTelling(bytes, at);
      while (at < bytes.length && bytes[at] !== NEWLINE) at++;
      if (at < bytes.length) {
        if (isWanted) this.#say(bytes.subarray(start, at));
      } else {
        const isHeld = isWanted || bytes.length - start < ENOUGH;
        this.#isSkipped = !isHeld;
        if (isHeld) this.#held = Buffer.from(bytes.subarray(start, start + MAX_LINE));
      }
      at++;
    }
  }

  /** The output is over: a last line without an end is one. */
  end(): void {
    const rest = this.#held;
    this.#held = NOTHING;
    this.#isSkipped = false;
    if (rest.length > 0) this.#say(rest);
  }

  /** Where the next line begins, after the rest of the one that was not complete. */
  #finishHeld(bytes: Buffer): number {
    if (!this.#isSkipped && this.#held.length === 0) return 0;
    const end = bytes.indexOf(NEWLINE);
    if (this.#isSkipped) {
      this.#isSkipped = end < 0;
      return end < 0 ? bytes.length : end + 1;
    }
    const rest = bytes.subarray(0, end < 0 ? bytes.length : end);
    const line = Buffer.concat([this.#held, rest.subarray(0, Math.max(0, MAX_LINE - this.#held.length))]);
    this.#held = end < 0 ? line : NOTHING;
    if (end >= 0) this.#say(line);
    return end < 0 ? bytes.length : end + 1;
  }

  #say(bytes: Buffer): void {
    let text = bytes.toString('utf8', 0, Math.min(bytes.length, MAX_LINE)).replace(/\r+$/, '');
    if (text.includes('\r')) text = text.slice(text.lastIndexOf('\r') + 1);
    if (text.includes('\u001b')) text = stripVTControlCharacters(text);
    this.#sink.line(text.replace(TIMESTAMP, '').replace(MARK, ''));
  }
}

/** May the line whose text begins at `at` be one that a reader looks for? This is asked of each line of every log. */
function isTelling(bytes: Buffer, at: number): boolean {
  if (IS_NONE[bytes[at] ?? 0] === 1) return false;
  const from = afterDecoration(bytes, at);
  for (const text of BY_FIRST[bytes[from] ?? 0] ?? [])
    if (beginsWith(bytes, from, text)) return text !== TEST || isInName(bytes[from + TEST.length]);
  return isSum(bytes, from);
}

/** `12 passing`, as mocha begins its sum. */
function isSum(bytes: Buffer, start: number): boolean {
  let at = start;
  while (isDigit(bytes[at])) at++;
  return at > start && beginsWith(bytes, at, PASSING);
}

function isDigit(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function isInName(byte = UNDERSCORE): boolean {
  return byte === UNDERSCORE || (byte >= 0x41 && byte <= 0x5a);
}

function beginsWith(bytes: Buffer, from: number, text: Buffer): boolean {
  const length = Math.min(text.length, bytes.length - from);
  for (let at = 0; at < length; at++) if (bytes[from + at] !== text[at]) return false;
  return true;
}

/** After colours and a timestamp, as far as there are any; the colours may be before it and behind it. */
function afterDecoration(bytes: Buffer, start: number): number {
  let at = afterColours(bytes, start);
  const year = bytes[at] === BRACKET ? at + 1 : at;
  if (bytes[year + 4] !== DASH || bytes[year + 7] !== DASH) return at;
  at = year + 19;
  while (at < bytes.length && at < year + 40 && bytes[at] !== SPACE && bytes[at] !== TAB) at++;
  while (bytes[at] === SPACE || bytes[at] === TAB) at++;
  return afterColours(bytes, at);
}

/** Also after the spaces that are coloured. */
function afterColours(bytes: Buffer, start: number): number {
  let at = start;
  while (bytes[at] === ESCAPE && bytes[at + 1] === BRACKET) {
    at += 2;
    while (at < bytes.length && !isLetter(bytes[at] ?? 0)) at++;
    at++;
    while (bytes[at] === SPACE) at++;
  }
  return at;
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}
