import { draft, type TestDraft } from '../reports/test-draft.ts';
import { countsOf, LoggedMessages, type LogReader, MAX_LOGGED, type OnTests } from './log-reader.ts';

const FILE = /^ ?(?:PASS|FAIL) {1,2}(?:\S+ {1,2})?(\S+\.[cm]?[jt]sx?)(?: \(\d[^)]*\))?$/;
// In expressions these signs are written as escapes: the program is loaded as ASCII.
const FAILED = /^ {2}\u25cf (.+)$/;
const SEPARATOR = ' \u203a ';
const BROKEN = 'Test suite failed to run';
const CODE = /^\s*>? *(?:\d+ )?\|/;
const SUMMARY = /^Summary of all failing tests$/;
const SUITES = /^Test Suites: (.+), (?:\d+ of )?\d+ total$/;
const TESTS = /^Tests: +(.+), \d+ total$/;

interface Failing {
  readonly file: string;
  readonly title: string;
  message: string;
}

/** What jest writes into a log: failing tests with their messages, file by file, and counts. Those that pass are counted only. */
export class JestTextReader implements LogReader {
  readonly #onTests: OnTests;
  /** Undefined: none has begun. */
  #file: string | undefined;
  #failing: Failing[] = [];
  #speaker: Failing | undefined;
  #messages = new LoggedMessages();
  /** All of them are told again. */
  #isInSummary = false;
  #suites: ReadonlyMap<string, number> | undefined;

  constructor(onTests: OnTests) {
    this.#onTests = onTests;
  }

  get owns(): boolean {
    return this.#file !== undefined;
  }

  get wantsAll(): boolean {
    return this.#file !== undefined;
  }

  line(text: string): boolean {
    const [, file] = FILE.exec(text) ?? [];
    if (file !== undefined) this.#begin(file);
    if (file !== undefined || this.#file === undefined) return true;
    const [, suites] = SUITES.exec(text) ?? [];
    const [, tests] = (this.#suites !== undefined && TESTS.exec(text)) || [];
    const [, title] = FAILED.exec(text) ?? [];
    if (suites !== undefined) this.#suites = countsOf(suites);
    else if (tests !== undefined) this.#tell(countsOf(tests));
    else if (SUMMARY.test(text)) this.#isInSummary = true;
    else if (title !== undefined) this.#fail(this.#file, title);
    else if (this.#speaker !== undefined && !CODE.test(text)) this.#say(this.#speaker, text);
    return true;
  }

  end(): void {
    this.#forget();
  }

  #begin(file: string): void {
    this.#file = file;
    this.#speaker = undefined;
  }

  #fail(file: string, title: string): void {
    this.#speaker = undefined;
    if (title === 'Console' || this.#isInSummary || this.#failing.length > MAX_LOGGED) return;
    this.#speaker = { file, title, message: '' };
    this.#failing.push(this.#speaker);
    this.#messages.begin();
  }

  #say(speaker: Failing, text: string): void {
    this.#messages.add(text.replace(/^ {4}/, ''));
    speaker.message = this.#messages.text;
  }

  #tell(counts: ReadonlyMap<string, number>): void {
    const count = (name: string) => counts.get(name) ?? 0;
    // what a test says in several goes, it says under its title again
    const failing = [...new Map(this.#failing.map((one) => [`${one.file}\n${one.title}`, one] as const)).values()];
    const broken = failing.filter(({ title }) => title === BROKEN).length;
    const agrees = failing.length - broken === count('failed') && broken <= (this.#suites?.get('failed') ?? 0);
    this.#forget();
    if (!agrees) return;
    this.#onTests({
      drafts: failing.map(draftOf),
      unnamed: { passed: count('passed'), skipped: count('skipped') + count('todo') },
    });
  }

  #forget(): void {
    this.#file = undefined;
    this.#failing = [];
    this.#speaker = undefined;
    this.#messages = new LoggedMessages();
    this.#isInSummary = false;
    this.#suites = undefined;
  }
}

/** As its reports name them: `cart > deep` and `throws`. */
function draftOf({ file, title, message }: Failing): TestDraft {
  if (title === BROKEN) return draft({ suite: file, name: '(the file itself)', conclusion: 'failure', message, file });
  const titles = title.split(SEPARATOR);
  const suite = titles.slice(0, -1).join(' > ') || file;
  return draft({ suite, name: titles.at(-1) ?? title, conclusion: 'failure', message, file });
}
