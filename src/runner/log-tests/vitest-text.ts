import type { UnnamedTests } from '../../model/findings.ts';
import { draft, type TestDraft } from '../reports/test-draft.ts';
import { countsOf, LoggedMessages, type LogReader, MAX_LOGGED, type OnTests } from './log-reader.ts';

const BEGIN = /^\s*(?:RUN|DEV) {2}v\d+\.\d+\.\d+/;
const FAILED = /^ *FAIL {2}(?:\|[^|]+\| )?(\S+)(?: \[.*\])?((?: > .+)?)$/;
// In expressions these signs are written as escapes: the program is loaded as ASCII.
/** A ruled line, also with a title or a number in it. */
const RULE = /^\u23af{5,}(?: (?:Failed|Unhandled) (\w+))?/;
/** A call: ` ❯ test.js:4:7`, ` ❯ add lib.js:3:1`; the code below it is in the repository. */
const PLACE = /^ *\u276f (?:.* )?(\S+):(\d+):\d+$/;
const CODE = /^\s*(?:\d+\||\|)/;
const FILES = /^ *Test Files {2}(.+) \(\d+\)$/;
const SEPARATOR = ' | ';
const TESTS = /^ *Tests {2}(?:no tests|(.+) \(\d+\))$/;

interface Failing {
  readonly file: string;
  /** Titles of groups and the test; none: the file itself could not be read. */
  readonly titles: readonly string[];
  /** What failed before or after its tests, which are not counted as failing then. */
  readonly isSuite: boolean;
  message: string;
}

/** What vitest writes into a log: failing tests with their messages, and counts. Those that pass are counted only. */
export class VitestTextReader implements LogReader {
  readonly #onTests: OnTests;
  #isRunning = false;
  #failing: Failing[] = [];
  #isAmongSuites = false;
  /** Those whose message this is: one that several have is told once. */
  #speakers: Failing[] = [];
  #messages = new LoggedMessages();
  #files: ReadonlyMap<string, number> | undefined;

  constructor(onTests: OnTests) {
    this.#onTests = onTests;
  }

  get owns(): boolean {
    return this.#isRunning;
  }

  get wantsAll(): boolean {
    return this.#isRunning;
  }

  line(text: string): boolean {
    const isBegin = BEGIN.test(text);
    if (isBegin) this.#forget();
    this.#isRunning ||= isBegin;
    if (isBegin || !this.#isRunning) return true;
    const [, files] = FILES.exec(text) ?? [];
    const tests = this.#files === undefined ? null : TESTS.exec(text);
    const failed = FAILED.exec(text);
    const rule = RULE.exec(text);
    if (files !== undefined) this.#files = countsOf(files, SEPARATOR);
    else if (tests !== null) this.#tell(countsOf(tests[1] ?? '', SEPARATOR));
    else if (failed !== null) this.#fail(failed[1] ?? '', failed[2] ?? '');
    else if (rule !== null) this.#rule(rule[1]);
    else if (this.#speakers.length > 0) this.#say(text);
    return true;
  }

  end(): void {
    this.#forget();
  }

  #fail(file: string, titles: string): void {
    if (this.#failing.length > MAX_LOGGED) return;
    const one: Failing = { file, titles: titles.split(' > ').slice(1), isSuite: this.#isAmongSuites, message: '' };
    this.#failing.push(one);
    if (this.#speakers.some(({ message }) => message !== '')) this.#speakers = [];
    this.#speakers.push(one);
    this.#messages.begin();
  }

  #rule(title: string | undefined): void {
    this.#speakers = [];
    if (title !== undefined) this.#isAmongSuites = title === 'Suites';
  }

  #say(text: string): void {
    const [, file, line] = PLACE.exec(text) ?? [];
    if (file === undefined && CODE.test(text)) return;
    this.#messages.add(file === undefined ? text : `at ${file}:${line}`);
    for (const one of this.#speakers) one.message = this.#messages.text;
  }

  #tell(counts: ReadonlyMap<string, number>): void {
    const tests = this.#failing.filter(({ isSuite }) => !isSuite);
    const areFiles = this.#failing.length === 0 || (this.#files?.get('failed') ?? 0) > 0;
    const count = (name: string) => counts.get(name) ?? 0;
    const agrees = tests.length === count('failed') && areFiles;
    const unnamed: UnnamedTests = { passed: count('passed'), skipped: count('skipped') + count('todo') };
    const drafts = this.#failing.map(draftOf);
    this.#forget();
    if (agrees) this.#onTests({ drafts, unnamed });
  }

  #forget(): void {
    this.#isRunning = false;
    this.#failing = [];
    this.#isAmongSuites = false;
    this.#speakers = [];
    this.#messages = new LoggedMessages();
    this.#files = undefined;
  }
}

/** As its reports name them: `cart > deep` and `throws`. */
function draftOf({ file, titles, message }: Failing): TestDraft {
  const name = titles.at(-1) ?? '(the file itself)';
  const suite = titles.slice(0, -1).join(' > ') || file;
  return draft({ suite, name, conclusion: 'failure', message, file });
}
