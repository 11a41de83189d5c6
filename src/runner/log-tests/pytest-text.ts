import { draft, type TestDraft } from '../reports/test-draft.ts';
import { countsOf, LoggedMessages, type LogReader, MAX_LOGGED, type OnTests } from './log-reader.ts';

const SESSION = /^=+ test session starts =+$/;
const FAILURES = /^=+ (?:FAILURES|ERRORS) =+$/;
const SUMMARY = /^=+ short test summary info =+$/;
const SECTION = /^=+ .+ =+$/;
const FINAL = /^(?:=+ )?((?:\d+ [a-z]+(?:, )?)+) in \d+\.\d+s(?: \(\d+:\d\d:\d\d\))?(?: =+)?$/;
/** Dots of `-q`, which are all that comes before the last line if nothing fails. */
const ALL_DONE = /^[.sxXFE]+ +\[100%\]$/;
const TITLE = /^_{3,} (.+?) _{3,}$/;
const LISTED = /^(FAILED|ERROR) (\S+\.py)(?:::(.+))?$/;
const VERBOSE = /^(\S+\.py)::(.+) (PASSED|SKIPPED|XFAIL|XPASS)(?: \(.*\))?(?: +\[ *\d+%\])?$/;
/** Of pytest-xdist. */
const DISTRIBUTED = /^\[gw\d+\](?: \[ *\d+%\])? (PASSED|SKIPPED|XFAIL|XPASS) (\S+\.py)::(.+?)\s*$/;
const PLACE = /^(?:\S+\.py):\d+: \S/;

interface Listed {
  readonly file: string;
  /** What follows the file: `TestC::test_m`; '' if the file itself could not be read. */
  readonly id: string;
  readonly isError: boolean;
  readonly said: string | undefined;
}

/** What a test said, by the title over it. */
interface Block {
  readonly title: string;
  message: string;
  readonly places: string[];
}

/** Places that are kept of one test. */
const MAX_PLACES = 20;

type Part = 'tests' | 'failures' | 'summary';

/**
 * The text of pytest: dots, or with `-v` a line for each test; then what failing ones said, below their titles; then a list of
 * these; then a last line with the counts.
 */
export class PytestTextReader implements LogReader {
  readonly #onTests: OnTests;
  /** Undefined: none has begun. */
  #part: Part | undefined;
  #named: TestDraft[] = [];
  #blocks: Block[] = [];
  #listed: Listed[] = [];
  #messages = new LoggedMessages();
  #isQuietEnd = false;

  constructor(onTests: OnTests) {
    this.#onTests = onTests;
  }

  get owns(): boolean {
    return this.#part !== undefined;
  }

  get wantsAll(): boolean {
    return this.#part !== undefined || this.#isQuietEnd;
  }

  line(text: string): boolean {
    const isAtEnd = this.#part !== undefined || this.#isQuietEnd;
    const [, counts] = (isAtEnd && FINAL.exec(text)) || [];
    this.#isQuietEnd = ALL_DONE.test(text);
    if (counts !== undefined) this.#tell(counts);
    else if (SESSION.test(text)) this.#begin('tests');
    else if (FAILURES.test(text)) this.#part = 'failures';
    else if (SUMMARY.test(text)) this.#part = 'summary';
    else if (this.#part === 'tests') this.#verbose(text);
    else if (this.#part === 'failures') this.#failure(text);
    else if (this.#part === 'summary') this.#list(text);
    return true;
  }

  end(): void {
    this.#forget();
  }

  #begin(part: Part): void {
    this.#forget();
    this.#part = part;
  }

  #verbose(text: string): void {
    const [, path, id, word] = VERBOSE.exec(text) ?? [];
    const [, otherWord, otherPath, otherId] = path === undefined ? (DISTRIBUTED.exec(text) ?? []) : [];
    const [file, test] = [path ?? otherPath, id ?? otherId];
    if (file === undefined || test === undefined || this.#named.length > MAX_LOGGED) return;
    const how = word ?? otherWord;
    const conclusion = how === 'PASSED' || how === 'XPASS' ? 'success' : 'skipped';
    this.#named.push(draft({ ...nameOf(file, test), conclusion }));
  }

  #failure(text: string): void {
    const [, title] = TITLE.exec(text) ?? [];
    if (title !== undefined && this.#blocks.length <= MAX_LOGGED) {
      this.#blocks.push({ title, message: '', places: [] });
      this.#messages.begin();
      return;
    }
    const last = this.#blocks.at(-1);
    if (last === undefined || SECTION.test(text)) return;
    // the lines that say what is wrong, and where; the code between them is in the log
    if (/^E( |$)/.test(text)) {
      this.#messages.add(text.slice(4));
      last.message = this.#messages.text;
    } else if (PLACE.test(text) && !text.startsWith('/') && last.places.length < MAX_PLACES) last.places.push(text);
  }

  #list(text: string): void {
    const [, kind, file, rest = ''] = LISTED.exec(text) ?? listedWithWords(text);
    if (file === undefined || this.#listed.length > MAX_LOGGED) return;
    const [, id = '', said] = /^([^[]*?(?:\[.*?\])?)(?: - (.*))?$/.exec(rest) ?? [];
    this.#listed.push({ file, id, isError: kind === 'ERROR', said });
  }

  #tell(text: string): void {
    const counts = countsOf(text);
    const count = (...names: string[]) => names.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
    const [listed, named, blocks] = [this.#listed, this.#named, this.#blocks];
    this.#forget();
    const errors = listed.filter(({ isError }) => isError).length;
    if (errors !== count('error', 'errors') || listed.length - errors !== count('failed')) return;
    const passed = count('passed', 'xpassed');
    const skipped = count('skipped', 'xfailed');
    const isNamed = (conclusion: TestDraft['conclusion']) =>
      named.filter((one) => one.conclusion === conclusion).length;
    const areCertain = isNamed('success') <= passed && isNamed('skipped') <= skipped;
    this.#onTests({
      drafts: [...listed.map((one) => failed(one, blocks)), ...(areCertain ? named : [])],
      unnamed: areCertain
        ? { passed: passed - isNamed('success'), skipped: skipped - isNamed('skipped') }
        : { passed, skipped },
    });
  }

  #forget(): void {
    this.#part = undefined;
    this.#named = [];
    this.#blocks = [];
    this.#listed = [];
    this.#messages = new LoggedMessages();
    this.#isQuietEnd = false;
  }
}

/** `ERROR test_imp.py - ImportError: …` */
function listedWithWords(text: string): readonly string[] {
  const [, kind, file, said] = /^(ERROR) (\S+\.py) - (.*)$/.exec(text) ?? [];
  return kind === undefined || file === undefined ? [] : [text, kind, file, ` - ${said}`];
}

function failed({ file, id, isError, said }: Listed, blocks: Block[]): TestDraft {
  const title = id.replaceAll('::', '.');
  const titles = isError
    ? [`ERROR at setup of ${title}`, `ERROR at teardown of ${title}`, `ERROR collecting ${file}`]
    : [title];
  const at = blocks.findIndex((block) => titles.includes(block.title));
  const [block] = at < 0 ? [] : blocks.splice(at, 1);
  const message = [block?.message || said, ...(block?.places ?? [])].join('\n');
  return draft({ ...nameOf(file, id), conclusion: 'failure', message, file });
}

/** As pytest names them in a report: `tests.test_a.TestC` and `test_m`. */
function nameOf(file: string, id: string): { readonly suite: string; readonly name: string } {
  const bracket = id.indexOf('[');
  const [plain, parameters] = bracket < 0 ? [id, ''] : [id.slice(0, bracket), id.slice(bracket)];
  const parts = plain.split('::');
  const name = `${parts.pop() ?? ''}${parameters}`;
  const module = file.replace(/\.py$/, '').replaceAll('/', '.');
  return name === '' ? { suite: '', name: module } : { suite: [module, ...parts].join('.'), name };
}
