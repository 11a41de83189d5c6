import { draft, type TestDraft } from '../reports/test-draft.ts';
import { LoggedMessages, type LogReader, MAX_LOGGED, type OnTests } from './log-reader.ts';

const COUNT = /^ {2}(\d+) (passing|pending|failing)(?: \(\d+(?:ms|[smhd])\))?$/;
const NUMBERED = /^ {2}(\d+)\) (.+)$/;
/** The titles below the first, each deeper than the one before; the last one ends with a colon. */
const TITLE = /^ {5,}(\S.*)$/;

interface Failing {
  readonly titles: string[];
  hasTitle: boolean;
  message: string;
}

/** The end of what mocha's `spec` and `dot` reporters write: counts, then failing tests by number. Others are counted only. */
export class MochaTextReader implements LogReader {
  readonly #onTests: OnTests;
  /** Undefined: no sum has begun. */
  #counts: Map<string, number> | undefined;
  #failing: Failing[] = [];
  #messages = new LoggedMessages();

  constructor(onTests: OnTests) {
    this.#onTests = onTests;
  }

  get owns(): boolean {
    return this.#counts !== undefined;
  }

  get wantsAll(): boolean {
    return this.#counts !== undefined;
  }

  line(text: string): boolean {
    const [, count, name] = COUNT.exec(text) ?? [];
    if (name === 'passing') this.#begin();
    const counts = this.#counts;
    if (counts === undefined) return true;
    if (name !== undefined) counts.set(name, Number(count));
    else if (!counts.has('failing') && text !== '') {
      this.#tell();
      return false;
    } else this.#failure(text);
    return true;
  }

  end(): void {
    if (this.#counts !== undefined) this.#tell();
  }

  #begin(): void {
    if (this.#counts !== undefined) this.#tell();
    this.#counts = new Map();
  }

  #failure(text: string): void {
    const [, number, first] = NUMBERED.exec(text) ?? [];
    if (first !== undefined && Number(number) === this.#failing.length + 1 && this.#failing.length <= MAX_LOGGED) {
      const hasTitle = first.endsWith(':');
      this.#failing.push({ titles: [first], hasTitle, message: '' });
      this.#messages.begin();
      return;
    }
    const last = this.#failing.at(-1);
    if (last === undefined) return;
    const [, title] = last.hasTitle ? [] : (TITLE.exec(text) ?? []);
    if (title !== undefined) {
      last.titles.push(title);
      last.hasTitle = title.endsWith(':');
    } else {
      this.#messages.add(text.trimStart());
      last.message = this.#messages.text;
    }
  }

  #tell(): void {
    const counts = this.#counts ?? new Map<string, number>();
    const failing = this.#failing;
    this.#counts = undefined;
    this.#failing = [];
    this.#messages = new LoggedMessages();
    if (failing.length !== (counts.get('failing') ?? 0) || failing.some(({ hasTitle }) => !hasTitle)) return;
    const unnamed = { passed: counts.get('passing') ?? 0, skipped: counts.get('pending') ?? 0 };
    this.#onTests({ drafts: failing.map(draftOf), unnamed });
  }
}

function draftOf({ titles, message }: Failing): TestDraft {
  const name = (titles.at(-1) ?? '').replace(/:$/, '');
  return draft({ suite: titles.slice(0, -1).join(' > '), name, conclusion: 'failure', message });
}
