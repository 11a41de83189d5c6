import type { UnnamedTests } from '../../model/findings.ts';
import type { TestDraft } from '../reports/test-draft.ts';
import { CargoTextReader } from './cargo-text.ts';
import { GoTextReader } from './go-text.ts';
import { LogLineReader, type LogLineSink } from './log-lines.ts';
import type { LogReader } from './log-reader.ts';
import { NodeSpecReader } from './node-spec.ts';
import { PytestTextReader } from './pytest-text.ts';
import { TapTextReader } from './tap-text.ts';
import { UnittestTextReader } from './unittest-text.ts';

/** Most tests that are kept of a job before those that may be told are chosen. */
const MAX_DRAFTS = 20_000;

/** Reads names of tests out of the output of a job, while it comes. Its memory is bounded, whatever the job writes. */
export class TestLog implements LogLineSink {
  readonly #lines = new LogLineReader(this);
  readonly #drafts: TestDraft[] = [];
  #passed = 0;
  #skipped = 0;
  readonly #readers: readonly LogReader[];
  #owner: LogReader | undefined;
  /** Has no line come since the end of the last output? */
  #isFresh = true;
  wantsAll = false;

  constructor() {
    const readers = [
      NodeSpecReader,
      TapTextReader,
      UnittestTextReader,
      PytestTextReader,
      CargoTextReader,
      GoTextReader,
    ];
    this.#readers = readers.map(
      (Reader) =>
        new Reader(({ drafts, unnamed }) => {
          if (this.#drafts.length < MAX_DRAFTS) for (const one of drafts) this.#drafts.push(one);
          this.#passed += unnamed?.passed ?? 0;
          this.#skipped += unnamed?.skipped ?? 0;
        }),
    );
  }

  /** What the tools told, in the order in which they did. */
  get drafts(): readonly TestDraft[] {
    return this.#drafts;
  }

  /** How many tests they counted without naming them. */
  get unnamed(): UnnamedTests {
    return { passed: this.#passed, skipped: this.#skipped };
  }

  /** Output; the bytes are only lent. */
  output(bytes: Buffer): void {
    this.#lines.push(bytes);
  }

  /** The process whose output it was is over, or another one begins. */
  endOutput(): void {
    this.#lines.end();
    if (this.#isFresh) return;
    this.#isFresh = true;
    for (const reader of this.#readers) reader.end();
    this.#owner = undefined;
    this.wantsAll = false;
  }

  line(text: string): void {
    this.#isFresh = false;
    if (this.#owner === undefined || !this.#owner.line(text)) {
      const before = this.#owner;
      this.#owner = undefined;
      for (const reader of this.#readers) {
        if (reader === before) continue;
        reader.line(text);
        if (!reader.owns) continue;
        this.#owner = reader;
        break;
      }
    } else if (!this.#owner.owns) this.#owner = undefined;
    this.wantsAll = this.#readers.some((reader) => reader.wantsAll);
  }
}
