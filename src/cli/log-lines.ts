import { isFailureLine } from '../model/failure-line.ts';
import type { Terminal } from './terminal.ts';
import { sign } from './views.ts';

/** `##[group]title`, as a runner writes what a step said with `::group::title`. */
const MARK = /^##\[(group|endgroup|error|warning|notice|debug|command|section)\](.*)$/;
/** What a runner writes at the end of a step. */
const END = /^\[signalbox\] (.*): (success|failure|skipped|cancelled|error|timed_out) after (.+)$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: our own colours, in what has been made harmless
const COLOURS = /\u001b\[[0-9;:]*m/g;

/**
 * Draws a log for the eye, line by line: titles of groups with what belongs to them indented, how steps ended with its
 * mark, and a bar at the edge of lines that tell of a failure. Colours of the log stay.
 */
export class LogLines {
  readonly #terminal: Terminal;
  #isInGroup = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** One line, without its end, as it is to be shown; undefined if there is nothing to show. */
  draw(raw: string): string | undefined {
    const { colours } = this.#terminal;
    // of a progress bar that redraws itself, the last state
    const line = raw.replace(/\r$/, '').replace(/^.*\r/s, '');
    const [, kind, rest = ''] = MARK.exec(line) ?? [];
    const [, step = '', how, took = ''] = END.exec(line) ?? [];
    if (kind === 'group') {
      this.#isInGroup = true;
      return `${colours.cyan('▾')} ${colours.bold(rest)}`;
    }
    if (kind === 'endgroup') {
      this.#isInGroup = false;
      return undefined;
    }
    if (how !== undefined) return this.#ended(step, how, took);
    if (kind === 'error') return `${colours.red('✗')} ${colours.red(rest)}`;
    if (kind === 'warning') return `${colours.yellow('!')} ${colours.yellow(rest)}`;
    if (kind === 'notice') return `${colours.blue('i')} ${rest}`;
    if (kind === 'debug') return `  ${colours.dim(rest)}`;
    return this.#plain(kind === undefined ? line : rest);
  }

  #ended(step: string, how: string, took: string): string {
    this.#isInGroup = false;
    const conclusion = how as 'success' | 'failure' | 'skipped' | 'cancelled' | 'error' | 'timed_out';
    const { colours } = this.#terminal;
    return `${sign({ status: 'completed', conclusion }, this.#terminal)} ${colours.bold(step)}  ${colours.dim(took)}`;
  }

  #plain(line: string): string {
    const { colours } = this.#terminal;
    const bare = line.replace(COLOURS, '');
    // a script that is listed before it runs may well have the word in it
    if (!this.#isInGroup && isFailureLine(bare)) return `${colours.red('▌')} ${line}`;
    if (bare.startsWith('[signalbox] ')) return `  ${colours.dim(bare)}`;
    return this.#isInGroup ? `  ${colours.dim('│')} ${line}` : `  ${line}`;
  }
}
