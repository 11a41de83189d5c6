import type { UnnamedTests } from '../../model/findings.ts';
import type { TestDraft } from '../reports/test-draft.ts';

/** What a tool told of its tests in one go. */
export interface LoggedTests {
  readonly drafts: readonly TestDraft[];
  /** Those that it only counted. */
  readonly unnamed?: UnnamedTests;
  /** It does not say which tool wrote it: where another one sums up in the same output, it may be what tests wrote. */
  readonly isBare?: boolean;
}

/**
 * Knows the text of one tool. Tests count only when the tool itself has summed them up and its numbers agree with what was
 * read: so lines that merely look alike, in other text, make no tests.
 */
export interface LogReader {
  /** The text is its own until it says otherwise: nobody else is shown it. */
  readonly owns: boolean;
  /** Does it need lines that begin in no special way? */
  readonly wantsAll: boolean;
  /** The next line, without its end and without colours. False, of one that owns the text: this line is not a part of it any more. */
  line(text: string): boolean;
  /** The process whose output it was is over: what was not summed up is none. */
  end(): void;
}

/** Called with what was summed up. */
export type OnTests = (tests: LoggedTests) => void;

/** Most tests that a reader keeps of one summary; a tool that tells of more is not understood. */
export const MAX_LOGGED = 20_000;

/** What a tool sums up: `2 failed, 1 skipped, 3 passed`, by the word after each number. */
export function countsOf(text: string, separator = ', '): ReadonlyMap<string, number> {
  return new Map(
    text.split(separator).map((part) => {
      const [count, name = ''] = part.trim().split(' ');
      return [name, Number(count)];
    }),
  );
}

const MAX_MESSAGE = 8 * 1024;
const MAX_MESSAGES = 500;

/** What failing tests said: the first 8 KiB of the first 500. */
export class LoggedMessages {
  #count = 0;
  #lines: string[] = [];
  #size = 0;

  /** The message of another test begins. */
  begin(): void {
    this.#count++;
    this.#lines = [];
    this.#size = 0;
  }

  add(line: string): void {
    if (this.#count > MAX_MESSAGES || this.#size > MAX_MESSAGE) return;
    this.#size += line.length + 1;
    this.#lines.push(line);
  }

  /** The message that was begun last. */
  get text(): string {
    return this.#lines.join('\n');
  }
}
