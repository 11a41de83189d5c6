const MARKS = ['::group::', '::endgroup::'] as const;
const NEWLINE = 10;

/**
 * Writes `::group::title` and `::endgroup::` as a workflow's steps have them in a log, `##[group]title`: test runners say them
 * wherever `CI` is set, also where the tests were found and no workflow file is. The rest passes byte for byte.
 */
export class GroupMarks {
  readonly #onOutput: (bytes: Buffer) => void;
  /** The beginning of a line that may become a mark. */
  #held: Buffer = Buffer.alloc(0);
  #isAtLineStart = true;

  constructor(onOutput: (bytes: Buffer) => void) {
    this.#onOutput = onOutput;
  }

  write(bytes: Buffer): void {
    const all = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    const newline = all.lastIndexOf(NEWLINE);
    const last = newline >= 0 || this.#isAtLineStart ? all.subarray(newline + 1) : undefined;
    const isHeld = last !== undefined && last.length > 0 && MARKS.some((mark) => isBeginning(mark, last));
    // what is written is lent: what is held of it is ours
    this.#held = isHeld ? Buffer.from(last) : Buffer.alloc(0);
    this.#pass(isHeld ? all.subarray(0, newline + 1) : all);
  }

  /** Nothing more comes. */
  end(): void {
    this.#pass(this.#held);
    this.#held = Buffer.alloc(0);
  }

  #pass(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#onOutput(bytes.includes('group::') ? this.#translated(bytes) : bytes);
    this.#isAtLineStart = bytes.at(-1) === NEWLINE;
  }

  #translated(bytes: Buffer): Buffer {
    const isMark = (at: number, before: string) => before !== '' || (at === 0 && this.#isAtLineStart);
    const text = bytes
      .toString('latin1')
      .replace(/(^|\n)::(end)?group::/g, (found, before: string, end: string | undefined, at: number) =>
        isMark(at, before) ? `${before}##[${end ?? ''}group]` : found,
      );
    return Buffer.from(text, 'latin1');
  }
}

function isBeginning(mark: string, bytes: Buffer): boolean {
  return bytes.length < mark.length && mark.startsWith(bytes.toString('latin1'));
}
