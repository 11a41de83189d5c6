import type { UnnamedTests } from '../../model/findings.ts';
import type { TestDraft } from '../reports/test-draft.ts';
import { CargoTextReader } from './cargo-text.ts';
import { GoTextReader } from './go-text.ts';
import { JestTextReader } from './jest-text.ts';
import { LogLineReader, type LogLineSink } from './log-lines.ts';
import type { LoggedTests, LogReader } from './log-reader.ts';
import { MochaTextReader } from './mocha-text.ts';
import { NodeSpecReader } from './node-spec.ts';
import { PytestTextReader } from './pytest-text.ts';
import { TapTextReader } from './tap-text.ts';
import { UnittestTextReader } from './unittest-text.ts';
import { VitestTextReader } from './vitest-text.ts';

/** Most tests that are kept of a job before those that may be told are chosen. */
const MAX_DRAFTS = 20_000;

/** What is known of a process whose output is read. */
export interface TestProcess {
  /** Absolute: where it was started. */
  readonly cwd?: string | undefined;
  /** May it end well although tests fail? So does `npm test || true`. */
  readonly mayHideFailures?: boolean | undefined;
}

/** Reads names of tests out of the output of a job, while it comes. Its memory is bounded, whatever the job writes. */
export class TestLog implements LogLineSink {
  readonly #lines = new LogLineReader(this);
  readonly #kept = new Told();
  readonly #hidden = new Told();
  /** Within the output that has not ended. */
  #told = new Told();
  #bare = new Told();
  /** How the processes ended whose output that is; undefined: none has. */
  #haveAllPassed: boolean | undefined;
  #process: TestProcess = {};
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
      VitestTextReader,
      JestTextReader,
      MochaTextReader,
    ];
    this.#readers = readers.map(
      (Reader) => new Reader((tests) => (tests.isBare === true ? this.#bare : this.#told).add(tests)),
    );
  }

  /** What the tools told, in the order in which they did. */
  get drafts(): readonly TestDraft[] {
    return this.#kept.drafts;
  }

  /** Those of processes that ended well, maybe in spite of them. */
  get hidden(): readonly TestDraft[] {
    return this.#hidden.drafts;
  }

  /** How many tests they counted without naming them. */
  get unnamed(): UnnamedTests {
    return this.#kept.unnamed;
  }

  /** Output; the bytes are only lent. */
  output(bytes: Buffer): void {
    this.#lines.push(bytes);
  }

  /** A process whose output it was is over. */
  endProcess(hasPassed: boolean, process: TestProcess = {}): void {
    this.#process = process;
    this.#haveAllPassed = hasPassed && this.#haveAllPassed !== false;
  }

  /** What those processes wrote is complete, or another one begins. */
  endOutput(): void {
    this.#lines.end();
    if (!this.#isFresh) this.#endReaders();
    this.#keep();
  }

  #endReaders(): void {
    this.#isFresh = true;
    for (const reader of this.#readers) reader.end();
    this.#owner = undefined;
    this.wantsAll = false;
  }

  /** A text that tells of failures where all is well shows those of something else. */
  #keep(): void {
    const told = this.#told.isEmpty ? this.#bare : this.#told;
    const havePassed = this.#haveAllPassed === true;
    const { cwd, mayHideFailures = false } = this.#process;
    this.#process = {};
    this.#told = new Told();
    this.#bare = new Told();
    this.#haveAllPassed = undefined;
    const isHidden = havePassed && told.drafts.some(({ conclusion }) => conclusion === 'failure');
    const drafts = told.drafts.map((one) => (cwd === undefined ? one : { ...one, cwd }));
    if (!isHidden) this.#kept.add({ drafts, unnamed: told.unnamed });
    else if (mayHideFailures) this.#hidden.add({ drafts });
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

/** What tools told, one after the other. */
class Told {
  readonly drafts: TestDraft[] = [];
  #passed = 0;
  #skipped = 0;

  get unnamed(): UnnamedTests {
    return { passed: this.#passed, skipped: this.#skipped };
  }

  get isEmpty(): boolean {
    return this.drafts.length + this.#passed + this.#skipped === 0;
  }

  add({ drafts, unnamed }: LoggedTests): void {
    if (this.drafts.length < MAX_DRAFTS) for (const one of drafts) this.drafts.push(one);
    this.#passed += unnamed?.passed ?? 0;
    this.#skipped += unnamed?.skipped ?? 0;
  }
}
