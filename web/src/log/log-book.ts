import { type RawLine, type ShownLine, shownLine } from './shown-line.ts';

/** Lines that are asked for together. */
const CHUNK = 500;
/** Chunks that are kept, some ten thousand lines; those that were looked at last. */
const KEPT = 40;
/** A server that says nothing. */
const TIMEOUT_MS = 15_000;

/** How a log book asks the server. */
export type AskForLines = (from: number, count: number) => Promise<{ lines: readonly RawLine[]; total: number }>;

/** The lines of one log as far as they were looked at; asks for the others when they are. */
export class LogBook {
  readonly #ask: AskForLines;
  readonly #chunks = new Map<number, ShownLine[]>();
  readonly #asked = new Set<number>();
  readonly #listeners = new Set<() => void>();
  #total: number;
  #hasFailed = false;

  constructor(ask: AskForLines, total: number, lines: readonly ShownLine[]) {
    this.#ask = ask;
    this.#total = total;
    for (const line of lines) this.#put(line);
  }

  /** Lines of the log. */
  get total(): number {
    return this.#total;
  }

  /** The last question was not answered; lines are asked for again when they are looked at again. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** A line, counted from 1; undefined: it is being asked for, and `onChange` tells. */
  line(n: number): ShownLine | undefined {
    const at = chunkOf(n);
    const chunk = this.#chunks.get(at);
    if (chunk !== undefined) {
      this.#chunks.delete(at);
      this.#chunks.set(at, chunk);
    }
    const line = chunk?.[n - firstOf(at)];
    if (line === undefined && n <= this.#total) void this.#fetch(at);
    return line;
  }

  /** The log has grown: its new lines, and how many there are now. The last line may have got longer. */
  grew(total: number, lines: readonly RawLine[]): void {
    for (const line of lines) this.#put(shownLine(line));
    this.#total = Math.max(total, this.#total);
    this.#tell();
  }

  /** Calls `listener` when lines have come; returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #fetch(at: number): Promise<void> {
    if (this.#asked.has(at)) return;
    this.#asked.add(at);
    try {
      const last = Math.min(firstOf(at) + CHUNK - 1, this.#total);
      for (let from = this.#firstMissing(at, last); from <= last; ) {
        const { lines, total } = await this.#ask(from, last - from + 1);
        if (lines.length === 0) break;
        for (const line of lines) this.#put(shownLine(line));
        this.#total = Math.max(this.#total, total);
        from += lines.length;
      }
      this.#hasFailed = false;
    } catch {
      this.#hasFailed = true;
    } finally {
      // a failed question is not asked again at once
      if (this.#hasFailed) setTimeout(() => this.#again(at), 2_000);
      else this.#again(at);
    }
  }

  #again(at: number): void {
    this.#asked.delete(at);
    this.#tell();
  }

  #firstMissing(at: number, last: number): number {
    const chunk = this.#chunks.get(at);
    for (let n = firstOf(at); n <= last; n++) if (chunk?.[n - firstOf(at)] === undefined) return n;
    return last + 1;
  }

  #put(line: ShownLine): void {
    const at = chunkOf(line.n);
    const chunk = this.#chunks.get(at) ?? [];
    chunk[line.n - firstOf(at)] = line;
    this.#chunks.set(at, chunk);
    const [oldest] = this.#chunks.keys();
    if (this.#chunks.size > KEPT && oldest !== undefined) this.#chunks.delete(oldest);
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

function chunkOf(n: number): number {
  return Math.floor((n - 1) / CHUNK);
}

function firstOf(chunk: number): number {
  return chunk * CHUNK + 1;
}

/** Asks the API for lines of an execution. */
export function askApi(job: number, execution: number): AskForLines {
  return async (from, count) => {
    const path = `/api/jobs/${job}/log/lines?execution=${execution}&from=${from}&count=${count}`;
    const answer = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const { lines, total_lines: total } = await answer.json();
    return { lines, total };
  };
}
