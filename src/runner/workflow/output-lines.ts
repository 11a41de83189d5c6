const NEWLINE = 0x0a;
const COLON = 0x3a;
const HASH = 0x23;
const NOTHING = Buffer.alloc(0);
/** A line that is longer than this is no command; nothing of that size piles up in memory. */
const LINE_LIMIT = 1024 * 1024;

/** What becomes of the lines of an output. */
export interface LineSink {
  /** Are all lines wanted, or only those that may be commands? */
  readonly wantsAll: boolean;
  /** Output that is none of our business; the bytes are only lent. */
  text(bytes: Buffer): void;
  /**
   * A line, without its end. `isShown`: its beginning was `text` already. What is returned is done in its place, after
   * all that came before was `text`; undefined: it becomes `text` as well.
   */
  line(line: string, isShown: boolean): (() => void) | undefined;
  /** If all lines are wanted: those that `line` is given next, together. */
  ahead?(lines: readonly string[]): void;
}

/**
 * Finds the lines in an output that may be commands: those that begin with `::`, or hold `##[`. The rest passes as it
 * comes, without waiting for the end of its line.
 */
export class OutputLines {
  readonly #sink: LineSink;
  /** Of the line that is not complete: bytes that were not passed on. */
  #held: Buffer = NOTHING;
  /** Of the line that is not complete: bytes that were, if all lines are wanted. */
  #passed: Buffer = NOTHING;
  /** Is nothing but white space known of the line that is not complete? */
  #isBlank = true;

  constructor(sink: LineSink) {
    this.#sink = sink;
  }

  /** `bytes` are only lent. */
  push(bytes: Buffer): void {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = NOTHING;
    const end = all.lastIndexOf(NEWLINE) + 1;
    if (end > 0) this.#lines(all.subarray(0, end));
    if (end < all.length) this.#rest(all.subarray(end));
  }

  /** The output is over. */
  end(): void {
    const rest = this.#held;
    this.#held = NOTHING;
    const action = rest.length > 0 || this.#passed.length > 0 ? this.#action(rest) : undefined;
    if (action === undefined) this.#text(rest);
    else action();
    this.#next();
  }

  /** Complete lines. */
  #lines(bytes: Buffer): void {
    if (!this.#sink.wantsAll && bytes.indexOf('::') < 0 && bytes.indexOf('##[') < 0) {
      this.#sink.text(bytes);
      this.#next();
      return;
    }
    // In so few bytes no line is too long to be wanted.
    if (this.#sink.wantsAll && bytes.length <= LINE_LIMIT) this.#sink.ahead?.(linesOf(textOf(this.#passed, bytes)));
    let plainFrom = 0; // what is not done otherwise goes in one piece: each is a write to the disk
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(NEWLINE, start) + 1;
      const action = this.#action(bytes.subarray(start, end - 1));
      if (action !== undefined) {
        this.#text(bytes.subarray(plainFrom, start));
        action();
        plainFrom = end;
      }
      this.#next();
      start = end;
    }
    this.#text(bytes.subarray(plainFrom));
  }

  #action(bytes: Buffer): (() => void) | undefined {
    const isShown = this.#passed.length > 0 || !this.#isBlank;
    const isWanted = bytes.length <= LINE_LIMIT && (this.#sink.wantsAll || this.#isCandidate(bytes));
    return isWanted ? this.#sink.line(textOf(this.#passed, bytes), isShown) : undefined;
  }

  #text(bytes: Buffer): void {
    if (bytes.length > 0) this.#sink.text(bytes);
  }

  #isCandidate(bytes: Buffer): boolean {
    const first = this.#isBlank ? skipBlank(bytes) : bytes.length;
    return (bytes[first] === COLON && bytes[first + 1] === COLON) || bytes.indexOf('##[') >= 0;
  }

  /** The beginning of a line: what may be a command waits for its end, as long as that is bearable. */
  #rest(bytes: Buffer): void {
    const from = bytes.length > LINE_LIMIT ? bytes.length : this.#heldFrom(bytes);
    this.#held = Buffer.from(bytes.subarray(from));
    if (from === 0) return;
    const passed = bytes.subarray(0, from);
    this.#isBlank &&= skipBlank(passed) === passed.length;
    if (this.#sink.wantsAll && this.#passed.length < LINE_LIMIT) this.#passed = Buffer.concat([this.#passed, passed]);
    this.#sink.text(passed);
  }

  #heldFrom(bytes: Buffer): number {
    const first = this.#isBlank ? skipBlank(bytes) : bytes.length;
    if (bytes[first] === COLON && (first + 1 === bytes.length || bytes[first + 1] === COLON)) return 0;
    const bracket = bytes.indexOf('##[');
    if (bracket >= 0) return bracket;
    let from = bytes.length;
    while (from > 0 && bytes.length - from < 2 && bytes[from - 1] === HASH) from--;
    return from;
  }

  #next(): void {
    this.#isBlank = true;
    this.#passed = NOTHING;
  }
}

function skipBlank(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
  return at;
}

/** Of a text that ends with the end of a line: without these ends, and nothing after the last of them. */
function linesOf(text: string): string[] {
  return text.split(/\r?\n/).slice(0, -1);
}

function textOf(passed: Buffer, bytes: Buffer): string {
  const all = passed.length === 0 ? bytes : Buffer.concat([passed, bytes]);
  const end = all[all.length - 1] === 0x0d ? all.length - 1 : all.length;
  return all.toString('utf8', 0, end);
}
