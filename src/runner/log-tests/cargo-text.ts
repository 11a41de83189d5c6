import { draft, type TestDraft } from '../reports/test-draft.ts';
import { LoggedMessages, type LogReader, MAX_LOGGED, type OnTests } from './log-reader.ts';

const BINARY = /^\s*Running .*\((?:.*[/\\])?([\w-]+?)(?:-[0-9a-f]{16})?(?:\.exe)?\)$/;
const DOCUMENTS = /^\s*Doc-tests (\S+)$/;
const RUNNING = /^running (\d+) tests?$/;
const TEST = /^test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:, .*)?(?: <\d+\.\d+s>)?$/;
const OUTPUT = /^---- (.+) stdout ----$/;
const LIST = /^failures:$/;
const RESULT =
  /^test result: (?:ok|FAILED)\. (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured; \d+ filtered out/;
/** What says nothing of the failure. */
const NOISE = /^(?:stack backtrace:$|note: (?:run with|Some details))/;
const PANIC = /^thread '.*' (?:\(\d+\) )?panicked at (.+):\n/m;

/** The text of `cargo test`, one binary after the other: a line for each test, what failing ones wrote, a list of them, and the counts. */
export class CargoTextReader implements LogReader {
  readonly #onTests: OnTests;
  #binary = '';
  #isRunning = false;
  #tests: { readonly name: string; readonly how: string }[] = [];
  #messages = new LoggedMessages();
  readonly #said = new Map<string, string>();
  /** Whose output this is. */
  #speaker: string | undefined;
  #isInBacktrace = false;

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
    const [, binary] = BINARY.exec(text) ?? DOCUMENTS.exec(text) ?? [];
    const result = RESULT.exec(text);
    if (this.#isRunning && result !== null) this.#tell(result.slice(1).map(Number));
    else if (this.#isRunning) this.#running(text);
    else if (binary !== undefined) this.#binary = binary;
    else if (RUNNING.test(text)) this.#isRunning = true;
    return true;
  }

  end(): void {
    this.#binary = '';
    this.#forget();
  }

  #running(text: string): void {
    const [, name, how] = TEST.exec(text) ?? [];
    const [, speaker] = OUTPUT.exec(text) ?? [];
    if (speaker !== undefined) {
      this.#speaker = speaker;
      this.#isInBacktrace = false;
      this.#messages.begin();
    } else if (LIST.test(text)) this.#speaker = undefined;
    else if (this.#speaker !== undefined) this.#say(this.#speaker, text);
    else if (name !== undefined && how !== undefined && this.#tests.length <= MAX_LOGGED)
      this.#tests.push({ name, how });
  }

  #say(speaker: string, text: string): void {
    if (NOISE.test(text)) this.#isInBacktrace = text.startsWith('stack');
    else if (!this.#isInBacktrace || !/^\s*(?:\d+: |at )/.test(text)) {
      this.#messages.add(text);
      this.#said.set(speaker, this.#messages.text);
    }
  }

  #tell([passed = 0, failed = 0, ignored = 0, measured = 0]: readonly number[]): void {
    const tests = this.#tests;
    const count = (how: string) => tests.filter((one) => one.how === how).length;
    const agrees = count('ok') === passed + measured && count('FAILED') === failed && count('ignored') === ignored;
    if (agrees && tests.length > 0) this.#onTests({ drafts: tests.map((one) => this.#draft(one)) });
    this.#forget();
  }

  #draft({ name, how }: { readonly name: string; readonly how: string }): TestDraft {
    const conclusion = how === 'ok' ? 'success' : how === 'FAILED' ? 'failure' : 'skipped';
    return draft({ suite: this.#binary, name, conclusion, message: messageOf(this.#said.get(name)) });
  }

  #forget(): void {
    this.#isRunning = false;
    this.#tests = [];
    this.#messages = new LoggedMessages();
    this.#said.clear();
    this.#speaker = undefined;
  }
}

/** What a panic says, then where it was: what the test printed before is in the log. */
function messageOf(said = ''): string {
  const panic = PANIC.exec(said);
  return panic === null ? said : `${said.slice(panic.index + panic[0].length).trim()}\nat ${panic[1]}`;
}
