import { isGoJson, parseGoJson } from '../reports/go-json.ts';
import { draft, type TestDraft } from '../reports/test-draft.ts';
import { type LogReader, MAX_LOGGED, type OnTests } from './log-reader.ts';

const NAMED = /^=== (?:RUN|CONT|NAME) +(\S+)$/;
const PAUSED = /^=== PAUSE +\S+$/;
const ENDED = /^\s*--- (PASS|FAIL|SKIP): (\S+) \((\d+(?:\.\d+)?)s\)$/;
const PACKAGE = /^(ok {2}|FAIL)\t(\S+)\t(?:\d+\.\d+s|\(cached\))/;
/** Lines of JSON that are kept, in characters. */
const MAX_JSON = 8 * 1024 * 1024;
/** What is kept of what one test said, and all of them, in characters. */
const MAX_SAID = 8 * 1024;
const MAX_ALL_SAID = 4 * 1024 * 1024;

interface Test {
  conclusion: TestDraft['conclusion'];
  durationMs: number | null;
  message: string;
  hasEnded: boolean;
}

/**
 * The text of `go test`, package by package: without `-v` the failing tests, with it all of them, and a line for the package at
 * the end. And the lines of `go test -json`, which are read as a report is.
 */
export class GoTextReader implements LogReader {
  readonly #onTests: OnTests;
  #tests = new Map<string, Test>();
  #current: string | undefined;
  #saidSize = 0;
  #json: string[] = [];
  #jsonSize = 0;

  constructor(onTests: OnTests) {
    this.#onTests = onTests;
  }

  get owns(): boolean {
    return false;
  }

  get wantsAll(): boolean {
    return this.#current !== undefined;
  }

  line(text: string): boolean {
    if (text.startsWith('{') && isGoJson(text)) this.#event(text);
    const [, named] = NAMED.exec(text) ?? [];
    const [, how, name, seconds] = ENDED.exec(text) ?? [];
    const [, verdict, path] = PACKAGE.exec(text) ?? [];
    if (named !== undefined) this.#speak(named);
    else if (PAUSED.test(text)) this.#current = undefined;
    else if (how !== undefined && name !== undefined) this.#ended(name, how, Number(seconds));
    else if (verdict !== undefined && path !== undefined) this.#tell(path, verdict === 'FAIL');
    else if (this.#current !== undefined) this.#say(this.#current, text);
    return true;
  }

  end(): void {
    const text = this.#json.join('\n');
    const isWhole = this.#jsonSize > 0 && this.#jsonSize <= MAX_JSON;
    this.#json = [];
    this.#jsonSize = 0;
    this.#forget();
    if (isWhole) this.#onTests({ drafts: parseGoJson(text) });
  }

  #event(text: string): void {
    this.#jsonSize += text.length + 1;
    if (this.#jsonSize <= MAX_JSON) this.#json.push(text);
  }

  /** What follows is what this test says. */
  #speak(name: string): void {
    if (this.#tests.size > MAX_LOGGED) return;
    if (!this.#tests.has(name))
      this.#tests.set(name, { conclusion: 'success', durationMs: null, message: '', hasEnded: false });
    this.#current = name;
  }

  #ended(name: string, how: string, seconds: number): void {
    this.#speak(name);
    const test = this.#tests.get(name);
    if (test === undefined) return;
    test.hasEnded = true;
    test.conclusion = how === 'PASS' ? 'success' : how === 'FAIL' ? 'failure' : 'skipped';
    test.durationMs = seconds * 1000;
  }

  #say(name: string, text: string): void {
    const test = this.#tests.get(name);
    // what a test says is indented; what it prints itself need not be, and says less
    if (test === undefined || !/^(?: {4}|\t)/.test(text)) return;
    if (test.message.length > MAX_SAID || this.#saidSize > MAX_ALL_SAID) return;
    test.message += `${text.trim()}\n`;
    this.#saidSize += text.length;
  }

  #tell(path: string, hasFailed: boolean): void {
    const all = [...this.#tests].filter(([, { hasEnded }]) => hasEnded);
    const parents = new Set(all.flatMap(([name]) => parentsOf(name)));
    const drafts = all.flatMap(([name, one]) => {
      const { conclusion, durationMs, message } = one;
      return parents.has(name) ? [] : [draft({ suite: path, name, conclusion, durationMs, message })];
    });
    this.#forget();
    const failing = drafts.some(({ conclusion }) => conclusion === 'failure');
    if (drafts.length > 0 && failing === hasFailed) this.#onTests({ drafts });
  }

  #forget(): void {
    this.#tests = new Map();
    this.#saidSize = 0;
    this.#current = undefined;
  }
}

/** `TestA/b/c` → `TestA`, `TestA/b`: a test with subtests says again what they said. */
function parentsOf(name: string): readonly string[] {
  const parts = name.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
}
