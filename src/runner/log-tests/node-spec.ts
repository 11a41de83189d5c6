import type { UnnamedTests } from '../../model/findings.ts';
import { draft, type TestDraft } from '../reports/test-draft.ts';
import { LoggedMessages, type LogReader, MAX_LOGGED, type OnTests } from './log-reader.ts';

// In expressions these signs are written as escapes: the program is loaded as ASCII.
const GROUP = /^( *)\u25b6 (.+)$/;
const RESULT = /^( *)([\u2714\u2716\ufe63\u26a0]) (.+) \((\d+(?:\.\d+)?)ms\)(?: # ?(.*))?$/;
const COUNT = /^\u2139 (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) (\d+(?:\.\d+)?)$/;
const COUNTS = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo', 'duration_ms'] as const;
const SECTION = '✖ failing tests:';
const PLACE = /^test at (.+?):(\d+):\d+$/;

interface Result {
  readonly suite: string;
  readonly name: string;
  readonly conclusion: TestDraft['conclusion'];
  readonly durationMs: number;
  /** As it is in the list of failing tests again. */
  readonly line: string;
}

/** What the list of failing tests says of one. */
interface Failing {
  readonly file: string;
  readonly place: number;
  readonly line: string;
  message: string;
}

/**
 * The `spec` reporter of `node --test`, which is what Node 23 and later write into a log. Names come as they end, then eight
 * counts, then the failing ones with their places and messages.
 */
export class NodeSpecReader implements LogReader {
  readonly #onTests: OnTests;
  #groups: string[] = [];
  #results: Result[] = [];
  /** How many lines told how something ended, groups included. */
  #ended = 0;
  #counts: number[] = [];
  /** Undefined: the list of failing tests has not begun. */
  #failing: Failing[] | undefined;
  #isInSection = false;
  #place: { readonly file: string; readonly line: number } | undefined;
  #messages = new LoggedMessages();

  constructor(onTests: OnTests) {
    this.#onTests = onTests;
  }

  get owns(): boolean {
    return this.#isInSection;
  }

  get wantsAll(): boolean {
    return this.#isInSection;
  }

  line(text: string): boolean {
    if (this.#isInSection && this.#inSection(text)) return true;
    if (this.#counts.length === COUNTS.length && text !== '') {
      if (text === SECTION) return this.#beginSection();
      this.#tell();
    }
    const count = COUNT.exec(text);
    if (count !== null) this.#count(count);
    else if (this.#counts.length > 0) this.#forget();
    if (count === null) this.#result(text);
    return false;
  }

  end(): void {
    if (this.#counts.length === COUNTS.length) this.#tell();
    this.#forget();
  }

  #result(text: string): void {
    const group = GROUP.exec(text);
    if (group !== null) this.#groups = [...this.#groups.slice(0, depthOf(group[1])), group[2] ?? ''];
    const [, indent, sign, name = '', ms, remark] = RESULT.exec(text) ?? [];
    if (indent === undefined) return;
    const depth = depthOf(indent);
    const isGroup = this.#groups[depth] === name;
    this.#groups = this.#groups.slice(0, depth);
    this.#ended++;
    if (!isGroup && this.#results.length <= MAX_LOGGED)
      this.#results.push({
        suite: this.#groups.join(' > '),
        name,
        conclusion:
          remark !== undefined || sign === '﹣' || sign === '⚠' ? 'skipped' : sign === '✖' ? 'failure' : 'success',
        durationMs: Number(ms),
        line: text.trim(),
      });
  }

  /** The eight lines come one after the other. */
  #count([, name, value]: RegExpExecArray): void {
    if (name === COUNTS[this.#counts.length]) this.#counts.push(Number(value));
    else if (name !== COUNTS[0]) this.#forget();
    else this.#counts = [Number(value)];
  }

  #beginSection(): boolean {
    this.#isInSection = true;
    this.#failing = [];
    this.#messages = new LoggedMessages();
    return true;
  }

  /** False: the list is over. */
  #inSection(text: string): boolean {
    const failing = this.#failing ?? [];
    const last = failing.at(-1);
    const [, file, line] = PLACE.exec(text) ?? [];
    if (file !== undefined) this.#place = { file, line: Number(line) };
    else if (this.#place !== undefined && RESULT.test(text) && failing.length < MAX_LOGGED) {
      failing.push({ file: this.#place.file, place: this.#place.line, line: text, message: '' });
      this.#place = undefined;
      this.#messages.begin();
    } else if (text === '' || text.startsWith('  ')) {
      const said = withoutNode(text.slice(2));
      if (said !== undefined) this.#messages.add(said);
      if (last !== undefined) last.message = this.#messages.text;
    } else {
      this.#tell();
      return false;
    }
    return true;
  }

  #tell(): void {
    const [tests = 0, suites = 0, passed = 0, failed = 0, cancelled = 0, skipped = 0, todo = 0] = this.#counts;
    const failing = [...(this.#failing ?? [])];
    const results = this.#results;
    const isWhole = this.#ended === tests + suites && results.length <= MAX_LOGGED;
    this.#forget();
    if (isWhole) this.#onTests({ drafts: results.map((one) => withFailing(one, failing)) });
    else
      this.#tellCounted(
        failing.flatMap((one) => ofFailing(one, results)),
        failed + cancelled,
        { passed, skipped: skipped + todo },
      );
  }

  /** Something that tests wrote looks like results: what is certain then is what was counted, and listed as failing. */
  #tellCounted(drafts: readonly TestDraft[], failed: number, unnamed: UnnamedTests): void {
    // a test that holds others is counted and not listed
    if (drafts.length <= failed && drafts.length > 0 === failed > 0) this.#onTests({ drafts, unnamed });
  }

  #forget(): void {
    this.#groups = [];
    this.#results = [];
    this.#ended = 0;
    this.#counts = [];
    this.#failing = undefined;
    this.#isInSection = false;
    this.#place = undefined;
  }
}

/** A line of a message; undefined: a call within Node, which says nothing of the failure. */
function withoutNode(line: string): string | undefined {
  if (!/^\s+at .*\bnode:[\w/]+:\d+/.test(line)) return line;
  return line.endsWith(' {') ? '{' : undefined;
}

function depthOf(indent = ''): number {
  return Math.floor(indent.length / 2);
}

function withFailing(one: Result, failing: Failing[]): TestDraft {
  const { suite, name, conclusion, durationMs } = one;
  const at = conclusion === 'failure' ? failing.findIndex(({ line }) => line === one.line) : -1;
  const [found] = at < 0 ? [] : failing.splice(at, 1);
  return draft({ suite, name, conclusion, durationMs, ...placeOf(found) });
}

function ofFailing(one: Failing, results: readonly Result[]): TestDraft[] {
  const [, , sign, name = '', ms, remark] = RESULT.exec(one.line) ?? [];
  if (sign !== '✖' || remark !== undefined) return []; // what is still to be done is listed as well
  const suite = results.find(({ line }) => line === one.line)?.suite;
  return [draft({ suite, name, conclusion: 'failure', durationMs: Number(ms), ...placeOf(one) })];
}

function placeOf(one: Failing | undefined) {
  return one === undefined ? {} : { message: one.message, file: one.file, line: one.place };
}
