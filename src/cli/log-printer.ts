import * as z from 'zod';
import type { ApiJob } from '../protocol/api-schema.ts';
import type { Context } from './context.ts';
import { clip } from './draw/width.ts';
import { oneLine, TextCleaner } from './harmless.ts';
import { LogLines } from './log-lines.ts';
import type { Terminal } from './terminal.ts';

/** A line that goes on longer than this is shown in pieces: a log may be one line of hundreds of megabytes. */
const MAX_LINE = 100_000;

/** Prints the log of one job: as it is for a pipe, drawn on a terminal. */
export class LogPrinter {
  readonly #job: ApiJob;
  readonly #terminal: Terminal;
  readonly #isJson: boolean;
  readonly #cleaner: TextCleaner;
  readonly #lines: LogLines | undefined;
  /** The line that has no end yet. */
  #rest = '';
  #isRestShown = false;
  #endsLine = true;
  #executions = 0;

  constructor(job: ApiJob, { terminal }: Pick<Context, 'terminal'>, isJson: boolean) {
    this.#job = job;
    this.#terminal = terminal;
    this.#isJson = isJson;
    this.#cleaner = new TextCleaner(terminal.hasColour);
    this.#lines = terminal.isInteractive ? new LogLines(terminal) : undefined;
  }

  /** Prints a piece; fulfilled when there is room for more. */
  async print(text: string): Promise<void> {
    if (this.#isJson) return this.#terminal.json({ job: this.#job.id, name: this.#job.name, text });
    const clean = this.#cleaner.push(text);
    if (clean === '') return;
    const shown = this.#lines === undefined ? clean : this.#drawn(clean, this.#lines);
    this.#endsLine = this.#lines !== undefined || clean.endsWith('\n');
    if (shown !== '' && this.#terminal.stdout.write(shown) === false) await this.#terminal.drained();
  }

  /** Whole lines drawn; the one that has no end yet is shown in passing, as far as it fits. */
  #drawn(clean: string, view: LogLines): string {
    const lines = (this.#rest + clean).split('\n');
    const last = lines.pop() ?? '';
    const isTooLong = last.length > MAX_LINE;
    if (isTooLong) lines.push(last);
    this.#rest = isTooLong ? '' : last;
    const drawn = lines.flatMap((line) => view.draw(line) ?? []).map((line) => `${line}${this.#reset()}\n`);
    const passing = this.#terminal.isLive && this.#rest !== '' ? this.#passing(this.#rest) : '';
    const erased = this.#isRestShown ? '\r\u001b[K' : '';
    this.#isRestShown = passing !== '';
    return `${erased}${drawn.join('')}${passing}`;
  }

  #passing(line: string): string {
    const state = line.replace(/\r$/, '').replace(/^.*\r/s, '');
    return `${clip(`  ${state}`, (this.#terminal.width ?? 80) - 1)}${this.#reset()}`;
  }

  /** A colour that a line leaves on is not that of our marks. */
  #reset(): string {
    return this.#terminal.hasColour ? '\u001b[0m' : '';
  }

  /** The runner was lost, and another one begins. */
  execution(data: string): void {
    const { execution, runner } = z
      .object({ execution: z.number(), runner: z.string().nullable() })
      .parse(JSON.parse(data));
    if (this.#executions++ === 0) return;
    this.end();
    const on = runner === null ? '' : ` on ${oneLine(runner)}`;
    this.#terminal.say(`-- execution ${execution}${on}: its runner was lost before`);
  }

  end(): void {
    if (this.#lines !== undefined && this.#rest !== '') {
      const erased = this.#isRestShown ? '\r\u001b[K' : '';
      this.#terminal.stdout.write(`${erased}${this.#lines.draw(this.#rest) ?? ''}${this.#reset()}\n`);
    }
    this.#rest = '';
    this.#isRestShown = false;
    if (!this.#endsLine) this.#terminal.line();
    this.#endsLine = true;
  }
}
