import type { LogKey, LogMark, LogStore } from '../store/log-store.ts';

/** At most so many bytes lie between two marks: what has to be read to find a line. */
const MARK_BYTES = 256 * 1024;
const NEWLINE = 10;

/** Where the lines of one log begin. Made by one pass over the log, which goes on where it ended when the log has grown. */
export class LogLineIndex {
  readonly #logs: LogStore;
  readonly #key: LogKey;
  #marks: LogMark[] = [{ offset: 0, lines: 0 }];
  #scanned: LogMark = { offset: 0, lines: 0 };
  #refreshing: Promise<void> | undefined;

  constructor(logs: LogStore, key: LogKey) {
    this.#logs = logs;
    this.#key = key;
  }

  /** How much of the log is known, in bytes. */
  get bytes(): number {
    return this.#scanned.offset;
  }

  /** Line ends that are known; what follows the last one is one more line, if there is anything. */
  get lineEnds(): number {
    return this.#scanned.lines;
  }

  /** Takes in what the log has now. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#scan().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** Where line `line`, counted from 0, begins; the end of the log for one that is not there. */
  async offsetOf(line: number): Promise<number> {
    if (line <= 0) return 0;
    if (line > this.#scanned.lines) return this.#scanned.offset;
    const [start, end] = this.#around(({ lines }) => lines < line);
    let left = line - start.lines;
    let offset = start.offset;
    for await (const chunk of await this.#logs.read(this.#key, start.offset, end.offset)) {
      const bytes = chunk as Buffer;
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
        left -= 1;
        if (left === 0) return offset + at + 1;
      }
      offset += bytes.length;
    }
    return this.#scanned.offset;
  }

  /** The line, counted from 0, that holds the byte at `offset`. */
  async lineAt(offset: number): Promise<number> {
    const [start] = this.#around((mark) => mark.offset <= offset);
    let { lines } = start;
    const end = Math.min(offset, this.#scanned.offset);
    if (end <= start.offset) return lines;
    for await (const chunk of await this.#logs.read(this.#key, start.offset, end)) lines += countLines(chunk as Buffer);
    return lines;
  }

  /** The last mark for which `isBefore` holds, and the one after it. */
  #around(isBefore: (mark: LogMark) => boolean): [LogMark, LogMark] {
    let low = 0;
    let high = this.#marks.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const mark = this.#marks[middle];
      if (mark !== undefined && isBefore(mark)) low = middle;
      else high = middle - 1;
    }
    const start = this.#marks[low] ?? { offset: 0, lines: 0 };
    return [start, this.#marks[low + 1] ?? this.#scanned];
  }

  async #scan(): Promise<void> {
    if (this.#scanned.offset === 0) this.#take(await this.#logs.marks(this.#key));
    const size = await this.#logs.size(this.#key);
    if (size <= this.#scanned.offset) return;
    let { offset, lines } = this.#scanned;
    for await (const chunk of await this.#logs.read(this.#key, offset, size)) {
      const bytes = chunk as Buffer;
      lines += countLines(bytes);
      offset += bytes.length;
      this.#scanned = { offset, lines };
      if (offset - (this.#marks.at(-1)?.offset ?? 0) >= MARK_BYTES) this.#marks.push(this.#scanned);
    }
  }

  #take(marks: readonly LogMark[]): void {
    const last = marks.at(-1);
    if (last === undefined) return;
    this.#marks = marks.slice(0, -1);
    this.#scanned = last;
  }
}

/** How many line ends there are. */
export function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
}
