import { isUnittestVerdict, UNITTEST_RAN, unittestCounts } from '../../model/unittest-text.ts';
import { draft, type TestDraft } from '../reports/test-draft.ts';
import { LoggedMessages, type LogReader, MAX_LOGGED, type OnTests } from './log-reader.ts';

const DOUBLE_LINE = '='.repeat(70);
const SINGLE_LINE = '-'.repeat(70);
const FAILED = /^(FAIL|ERROR|UNEXPECTED SUCCESS): (.+)$/;
/** `test_x (tests.test_y.TestZ.test_x)`; of a part of a test with its parameters behind. */
const TEST = /^(\S+) \(([^\s()]+)\)(?: (.*))?$/;
/** With `-v`, when it began; how it ended may follow much later. */
const BEGUN = /^([^\s()]+) \(([^\s()]+)\)(?: \.\.\. ?(.*))?$/;
const DESCRIBED = /^.* \.\.\. ?(.*)$/;
const ENDED = /^(ok|skipped .*|expected failure)$/;

interface Failure {
  readonly kind: string;
  readonly name: string;
  message: string;
}

/**
 * The text of Python's unittest: dots, which are passed over, or with `-v` a line for each test; then the failing ones between
 * ruled lines; then how many there were, and the verdict.
 */
export class UnittestTextReader implements LogReader {
  readonly #onTests: OnTests;
  #named: TestDraft[] = [];
  /** A test of `-v` that has not ended; `isDescribed`: the next line is its description. */
  #begun: { readonly suite: string; readonly name: string; readonly isDescribed: boolean } | undefined;
  #failures: Failure[] = [];
  #messages = new LoggedMessages();
  /** Are we among failing tests? */
  #isInside = false;
  /** A ruled line, which may be the end of what a test said, or a part of that. */
  #rule: string | undefined;
  #isHead = false;
  #ran: number | undefined;

  constructor(onTests: OnTests) {
    this.#onTests = onTests;
  }

  get owns(): boolean {
    return this.#isInside;
  }

  get wantsAll(): boolean {
    return this.#isInside || this.#rule !== undefined || this.#begun !== undefined || this.#ran !== undefined;
  }

  line(text: string): boolean {
    if (this.#ran !== undefined) return this.#verdict(text);
    const rule = this.#rule;
    this.#rule = text === DOUBLE_LINE || text === SINGLE_LINE ? text : undefined;
    const [, kind, name] = FAILED.exec(rule === DOUBLE_LINE ? text : '') ?? [];
    const [, ran] = UNITTEST_RAN.exec(rule === SINGLE_LINE ? text : '') ?? [];
    if (kind !== undefined && name !== undefined) this.#beginFailure(kind, name);
    else if (ran !== undefined) {
      this.#isInside = false;
      this.#ran = Number(ran);
    } else if (this.#isInside) this.#inside(text, rule);
    else this.#verbose(text);
    return true;
  }

  end(): void {
    this.#forget();
  }

  #beginFailure(kind: string, name: string): void {
    this.#isInside = true;
    this.#isHead = true;
    this.#begun = undefined;
    if (this.#failures.length <= MAX_LOGGED) this.#failures.push({ kind, name, message: '' });
    this.#messages.begin();
  }

  #inside(text: string, rule: string | undefined): void {
    // the first ruled line is between the name, with its description, and the message
    if (rule === SINGLE_LINE && this.#isHead) this.#isHead = false;
    else if (rule !== undefined) this.#messages.add(rule);
    if (this.#rule !== undefined || this.#isHead) return;
    this.#messages.add(text);
    const last = this.#failures.at(-1);
    if (last !== undefined) last.message = this.#messages.text;
  }

  #verbose(text: string): void {
    const before = this.#begun;
    const [, name, id, rest] = BEGUN.exec(text) ?? [];
    const isBegun = name !== undefined && id !== undefined && /^test|_test$/i.test(name);
    if (isBegun) this.#begun = { name, suite: suiteOf(name, id), isDescribed: rest === undefined };
    else if (before?.isDescribed === true) {
      const isEnd = DESCRIBED.test(text);
      this.#begun = isEnd ? { ...before, isDescribed: false } : undefined;
    }
    const begun = this.#begun;
    if (begun === undefined || begun.isDescribed) return;
    const said = isBegun ? rest : before?.isDescribed === true ? DESCRIBED.exec(text)?.[1] : text;
    const [ended] = ENDED.exec(said ?? '') ?? [];
    if (ended !== undefined) this.#name(begun, ended);
    else if (/^(?:FAIL|ERROR|unexpected success)$/.test(said ?? '')) this.#begun = undefined; // told again below
  }

  #name({ suite, name }: { readonly suite: string; readonly name: string }, ended: string): void {
    this.#begun = undefined;
    if (this.#named.length > MAX_LOGGED) return;
    this.#named.push(draft({ suite, name, conclusion: ended.startsWith('skipped') ? 'skipped' : 'success' }));
  }

  #verdict(text: string): boolean {
    if (text === '') return true;
    if (isUnittestVerdict(text)) this.#tell(text, this.#ran ?? 0);
    this.#forget();
    return true;
  }

  #tell(verdict: string, ran: number): void {
    const counts = unittestCounts(verdict);
    const ofKind = (kind: string) => this.#failures.filter((one) => one.kind === kind).length;
    const agrees =
      ofKind('FAIL') === counts.failures &&
      ofKind('ERROR') === counts.errors &&
      [0, counts.unexpectedSuccesses].includes(ofKind('UNEXPECTED SUCCESS')); // before Python 3.11 they were not listed
    if (!agrees) return;
    const failed = this.#failures.map(draftOf);
    // parts of a test that failed are told one by one, and a fixture is none
    const tests = new Set(
      this.#failures.flatMap(({ name }) => (isFixture(name) ? [] : [/^\S+ \(\S+\)/.exec(name)?.[0]])),
    );
    const passed = Math.max(0, ran - tests.size - counts.skipped);
    const named = (conclusion: TestDraft['conclusion']) =>
      this.#named.filter((one) => one.conclusion === conclusion).length;
    const areCertain = named('success') <= passed && named('skipped') <= counts.skipped;
    this.#onTests({
      drafts: [...failed, ...(areCertain ? this.#named : [])],
      unnamed: areCertain
        ? { passed: passed - named('success'), skipped: counts.skipped - named('skipped') }
        : { passed, skipped: counts.skipped },
    });
  }

  #forget(): void {
    this.#named = [];
    this.#begun = undefined;
    this.#failures = [];
    this.#messages = new LoggedMessages();
    this.#isInside = false;
    this.#rule = undefined;
    this.#isHead = false;
    this.#ran = undefined;
  }
}

function draftOf({ kind, name, message }: Failure): TestDraft {
  const [, method = name, id = '', more] = TEST.exec(name) ?? [];
  const said = kind === 'UNEXPECTED SUCCESS' ? 'it was expected to fail, and passed' : withErrorFirst(message);
  const suite = id.startsWith('unittest.loader.') ? '' : suiteOf(method, id);
  return draft({
    suite,
    name: more === undefined ? method : `${method} ${more}`,
    conclusion: 'failure',
    message: said,
  });
}

/** Python 3.11 and later say the method again: `tests.test_y.TestZ.test_x`. */
function suiteOf(method: string, id: string): string {
  return id.endsWith(`.${method}`) ? id.slice(0, -method.length - 1) : id;
}

function isFixture(name: string): boolean {
  return /^(?:setUp|tearDown)(?:Class|Module) /.test(name);
}

/** Python says last what is wrong, after the calls that led there. */
function withErrorFirst(message: string): string {
  const lines = message.trim().split('\n');
  const traceback = lines.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'));
  const at = traceback < 0 ? -1 : lines.findIndex((line, index) => index > traceback && /^\S/.test(line));
  return at < 0 ? message : [...lines.slice(at), ...lines.slice(0, at)].join('\n');
}
