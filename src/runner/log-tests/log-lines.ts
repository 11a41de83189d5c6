/** Longer lines are cut, in bytes. */
const MAX_LINE = 16 * 1024;
const [NEWLINE, SPACE, TAB, BRACKET, DASH, COLON, G] = [0x0a, 0x20, 0x09, 0x5b, 0x2d, 0x3a, 0x67];
const NOTHING = Buffer.alloc(0);

// biome-ignore lint/suspicious/noControlCharactersInRegex: the colours that test runners write
const COLOURS = /\u001b\[[0-9;:?]*[A-Za-z]/g;
const TIMESTAMP = /^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\]?[ \t]/;
/** What problem matchers put in front of a line. */
const MARK = /^##\[(?:error|warning|notice)\]/;

/** Bytes with which lines begin that any reader looks for when it is not in the midst of something. */
const FIRST = firstBytes(['=-_{[#.', 'TFRDort', '123456789', '\u001b', '✔﹣']);

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
      const isWanted = at === bytes.length || this.#sink.wantsAll || mayTell(bytes, at);
      while (at < bytes.length && bytes[at] !== NEWLINE) at++;
      if (at < bytes.length) {
        if (isWanted) this.#say(bytes.subarray(start, at));
      } else {
        this.#isSkipped = !isWanted;
        if (isWanted) this.#held = Buffer.from(bytes.subarray(start, start + MAX_LINE));
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
    if (text.includes('\u001b')) text = text.replace(COLOURS, '');
    this.#sink.line(text.replace(TIMESTAMP, '').replace(MARK, ''));
  }
}

/** Does a line that begins there, perhaps with a timestamp, begin in a way that any reader looks for? */
function mayTell(bytes: Buffer, at: number): boolean {
  if (FIRST[bytes[at] ?? 0] !== 1) return false;
  const start = bytes[at] === BRACKET ? at + 1 : at;
  const isStamp = bytes[start + 4] === DASH && bytes[start + 13] === COLON && bytes[start + 16] === COLON;
  if (!isStamp) return start === at || start === bytes.length || bytes[start] === G || isDigit(bytes[start]);
  let next = start + 17;
  while (next < bytes.length && (bytes[next] ?? 0) > SPACE) next++;
  while (bytes[next] === SPACE || bytes[next] === TAB) next++;
  return next >= bytes.length || FIRST[bytes[next] ?? 0] === 1;
}

function isDigit(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

function firstBytes(texts: readonly string[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of texts.join('')) table[Buffer.from(character)[0] ?? 0] = 1;
  return table;
}
