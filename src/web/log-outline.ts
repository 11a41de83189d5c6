import { buffer } from 'node:stream/consumers';
import { failurePattern, isClosingLine, STEP_HEAD, STEP_HEAD_END } from '../model/failure-line.ts';
import type { LogKey, LogStore } from '../store/log-store.ts';

/** Lines that a job put into one group. */
export interface LogGroup {
  /** Of its first line, counted from 1. */
  readonly line: number;
  /** Of its last line; null: it has not ended yet. */
  readonly end: number | null;
  /** How many are in it, without those that begin and end it; null: it has not ended yet. */
  readonly lines: number | null;
  readonly title: string;
}

/** A group whose end may be found yet. */
type OpenGroup = { -readonly [K in keyof LogGroup]: LogGroup[K] };

/** What stands out in a log. */
export interface LogOutline {
  readonly groups: readonly LogGroup[];
  /** Lines, counted from 1, that say that something failed. */
  readonly failures: readonly number[];
  /** How much of the log it is about, in bytes. */
  readonly bytes: number;
}

/** Groups that are kept of one log. */
const MOST_GROUPS = 5_000;
/** Lines with failures that are kept of one log: nobody goes through more of them. */
const MOST_FAILURES = 1_000;
const MARKER = '##[';
const GROUP = /^##\[(?:group\](.{0,200})|endgroup\])/;
const NEWLINE = 10;

/** Finds groups and failures of one log, in one pass that goes on where it ended when the log has grown. */
export class LogOutliner {
  readonly #logs: LogStore;
  readonly #key: LogKey;
  readonly #groups: OpenGroup[] = [];
  readonly #failures: number[] = [];
  #bytes = 0;
  /** Line ends before `#bytes`. */
  #lines = 0;
  #refreshing: Promise<void> | undefined;

  constructor(logs: LogStore, key: LogKey) {
    this.#logs = logs;
    this.#key = key;
  }

  get outline(): LogOutline {
    return { groups: this.#groups, failures: this.#failures, bytes: this.#bytes };
  }

  /** Takes in what the log has now; a last line without an end is looked at when it has one. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#scan().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #scan(): Promise<void> {
    const size = await this.#logs.size(this.#key);
    if (size <= this.#bytes) return;
    for await (const lines of wholeLines(await this.#logs.read(this.#key, this.#bytes, size))) {
      this.#look(lines.toString('latin1'));
      this.#bytes += lines.length;
    }
  }

  /** Text that is one byte a character, and holds whole lines. */
  #look(text: string): void {
    const lineOf = lineCounter(text, this.#lines + 1);
    for (const match of placesIn(text)) {
      const line = lineOf(match.at);
      const start = text.lastIndexOf('\n', match.at) + 1;
      if (match.isMarker && start === match.at) this.#group(GROUP.exec(text.slice(start, start + 250)), line);
      if (match.isFailure && this.#failures.length < MOST_FAILURES && this.#failures.at(-1) !== line)
        this.#failures.push(line);
    }
    this.#lines = lineOf(text.length) - 1;
  }

  #group(found: RegExpExecArray | null, line: number): void {
    if (found === null) return;
    const open = this.#groups.at(-1);
    // a group ends where the next one begins, as at GitHub: they do not nest
    if (open !== undefined && open.end === null) {
      open.end = found[1] === undefined ? line : line - 1;
      open.lines = line - open.line - 1;
    }
    if (found[1] === undefined || this.#groups.length >= MOST_GROUPS) return;
    this.#groups.push({ line, end: null, lines: null, title: Buffer.from(found[1], 'latin1').toString('utf8') });
  }
}

interface Place {
  readonly at: number;
  readonly isMarker: boolean;
  readonly isFailure: boolean;
}

/** Where markers and failures are, in order. */
function* placesIn(text: string): Generator<Place> {
  const failure = failurePattern();
  let marker = text.indexOf(MARKER);
  let failed = failure.exec(text)?.index ?? -1;
  while (marker >= 0 || failed >= 0) {
    const isMarker = marker >= 0 && (failed < 0 || marker <= failed);
    const isFailure = failed >= 0 && (marker < 0 || failed <= marker);
    yield { at: isMarker ? marker : failed, isMarker, isFailure };
    if (isMarker) marker = text.indexOf(MARKER, marker + 1);
    if (isFailure) {
      // one a line is enough
      const next = text.indexOf('\n', failed);
      failure.lastIndex = next < 0 ? text.length : next;
      failed = failure.exec(text)?.index ?? -1;
    }
  }
}

/** Numbers of lines for places that are asked for in order; the first line has the number `first`. */
function lineCounter(text: string, first: number): (at: number) => number {
  let line = first;
  let from = text.indexOf('\n');
  return (at) => {
    while (from >= 0 && from < at) {
      line += 1;
      from = text.indexOf('\n', from + 1);
    }
    return line;
  };
}

/** A line longer than this is cut into pieces, which then are looked at one by one. */
const MOST_LINE_BYTES = 1024 * 1024;

/** The stream in pieces that end with a line; what follows the last line end is left out. */
export async function* wholeLines(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield bytes.subarray(0, end);
    rest = bytes.subarray(end);
    if (rest.length > MOST_LINE_BYTES) {
      yield rest;
      rest = Buffer.alloc(0);
    }
  }
}

/** A part of a log, in bytes: the output of one step. */
export interface LogPart {
  readonly key: LogKey;
  readonly start: number;
  readonly end: number;
}

/**
 * Where to open the output of a step that failed, in bytes: at the first place that says that something failed, else at the
 * last line before those that only say that the step did. Of a large part only the beginning, and then the end, is looked
 * at: whoever opens a log does not wait.
 */
export async function openingIn(logs: LogStore, { key, start, end }: LogPart): Promise<number> {
  let [at, said, isInHead] = [start, start, false];
  for await (const lines of wholeLines(await logs.read(key, start, Math.min(end, start + LOOKED_AT_BYTES)))) {
    const text = lines.toString('latin1');
    if (at === start) isInHead = text.startsWith(STEP_HEAD);
    const head = isInHead ? STEP_HEAD_END.exec(text) : null;
    if (head !== null) {
      isInHead = false;
      said = at + head.index + head[0].length;
    }
    const failure = failurePattern();
    failure.lastIndex = Math.max(0, said - at);
    const found = isInHead ? null : failure.exec(text);
    if (found !== null) return at + found.index;
    at += lines.length;
  }
  return (await lastSaid(logs, { key, start: said, end })) ?? said;
}

/** Where the last line begins that a step wrote itself. */
async function lastSaid(logs: LogStore, { key, start, end }: LogPart): Promise<number | undefined> {
  const from = Math.max(start, end - TAIL_BYTES);
  const text = (await buffer(await logs.read(key, from, end))).toString('latin1');
  for (let last = text.length; last > 0; ) {
    const first = text.lastIndexOf('\n', last - 2) + 1;
    if (!isClosingLine(text.slice(first, last))) return from + first;
    last = first;
  }
  return undefined;
}

/** How much of a log is looked through while somebody waits, from the beginning of a step and from its end. */
const LOOKED_AT_BYTES = 16 * 1024 * 1024;
const TAIL_BYTES = 64 * 1024;
