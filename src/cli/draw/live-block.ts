import type { Terminal } from '../terminal.ts';
import { clip, widthOf } from './width.ts';

/** Lines at the end of a terminal that are drawn anew in place; nothing above them moves. */
export class LiveBlock {
  readonly #terminal: Terminal;
  #drawn: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Shows these lines in place of those before; as many as there is room for, each cut where the terminal ends. */
  draw(lines: readonly string[]): void {
    const { width = 80, height } = this.#terminal;
    const room = height - 2;
    const fitting = lines.length > room ? [...lines.slice(0, room - 1), '…'] : lines;
    const next = fitting.map((line) => clip(line, width - 1));
    if (next.length === this.#drawn.length && next.every((line, at) => line === this.#drawn[at])) return;
    // each line is written over the one before it and its rest erased: erasing first would flicker
    this.#terminal.stdout.write(`${this.#home()}${next.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
    this.#drawn = next;
  }

  /** Takes the lines away again. */
  clear(): void {
    if (this.#drawn.length > 0) this.#terminal.stdout.write(`${this.#home()}\u001b[J`);
    this.#drawn = [];
  }

  /** To the beginning of the block; a terminal that was made narrower has broken its lines in two. */
  #home(): string {
    const { width = 80 } = this.#terminal;
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / width)), 0);
    return rows === 0 ? '' : `\r\u001b[${rows}A`;
  }
}
