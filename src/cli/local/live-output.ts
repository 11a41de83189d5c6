import { duration } from '../../../web/src/words.ts';
import type { StepResult } from '../../protocol/execution-result.ts';
import { oneLine, TextCleaner } from '../harmless.ts';
import type { Terminal } from '../terminal.ts';
import { sign } from '../views.ts';

/** How many lines of a folded group are kept, to be shown if its step fails. */
const KEPT_LINES = 200;
/** `##[group]title`, as a runner writes what a step said with `::group::title`. */
const MARK = /^##\[(group|endgroup|error|warning|notice|debug|command|section)\](.*)$/;

/** What a runner writes at the end of a step; here the line with its sign says it. */
const ECHO = /^\[signalbox\] (?:.*: (?:success|failure|skipped|cancelled|error) after \d|exit code \d+ after )/;

/**
 * What the jobs of a run say, live. Groups are folded to one line with the number of their lines; those of a step that
 * fails are shown. With several jobs at once each line begins with the name of its job.
 */
export class LiveOutput {
  readonly #terminal: Terminal;
  readonly #showNames: boolean;

  constructor(terminal: Terminal, showNames: boolean) {
    this.#terminal = terminal;
    this.#showNames = showNames;
  }

  /** The output of one job. */
  job(name: string): JobOutput {
    const { colours } = this.#terminal;
    const prefix = this.#showNames ? `${colours.cyan(oneLine(name))} ${colours.dim('│')} ` : '';
    return new JobOutput(this.#terminal, prefix);
  }
}

interface Group {
  readonly title: string;
  readonly lines: string[];
  count: number;
}

/** The output of one job, line by line. */
export class JobOutput {
  readonly #terminal: Terminal;
  readonly #prefix: string;
  readonly #decoder = new TextDecoder();
  readonly #cleaner: TextCleaner;
  #rest = '';
  #group: Group | undefined;
  /** Folded groups of the step that runs. */
  #folded: Group[] = [];
  #isInStep = false;

  constructor(terminal: Terminal, prefix: string) {
    this.#terminal = terminal;
    this.#prefix = prefix;
    this.#cleaner = new TextCleaner(terminal.hasColour);
  }

  /** Bytes of its log, cut anywhere. */
  bytes(bytes: Buffer): void {
    const lines = (this.#rest + this.#cleaner.push(this.#decoder.decode(bytes, { stream: true }))).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#line(line);
  }

  /** A step began (its conclusion is null) or ended. */
  step(step: StepResult): void {
    this.#flush();
    const { colours } = this.#terminal;
    if (step.conclusion === null) {
      this.#isInStep = true;
      this.#folded = [];
      this.#print(
        `${sign({ status: 'in_progress', conclusion: null }, this.#terminal)} ${colours.bold(oneLine(step.name))}`,
      );
      return;
    }
    this.#closeGroup();
    if (step.conclusion !== 'success' && step.conclusion !== 'skipped') this.#unfold();
    this.#isInStep = false;
    const took =
      step.startedAt === null || step.completedAt === null ? '' : duration(step.completedAt - step.startedAt);
    const mark = sign({ status: 'completed', conclusion: step.conclusion }, this.#terminal);
    this.#print(`${mark} ${oneLine(step.name)}${took === '' ? '' : `  ${colours.dim(took)}`}`);
  }

  /** The job is over. */
  end(): void {
    this.#flush();
    this.#closeGroup();
  }

  #flush(): void {
    if (this.#rest !== '') this.#line(this.#rest);
    this.#rest = '';
  }

  #line(line: string): void {
    const { colours } = this.#terminal;
    // of a progress bar that redraws itself, the last state
    const text = line.replace(/\r$/, '').replace(/^.*\r/s, '');
    const [, kind, rest = ''] = MARK.exec(text) ?? [];
    if (kind === 'debug' || ECHO.test(text)) return;
    if (kind === 'group') this.#openGroup(rest);
    else if (kind === 'endgroup') this.#closeGroup();
    else if (kind === 'error') this.#say(colours.red(`error: ${rest}`), true);
    else if (kind === 'warning') this.#say(colours.yellow(`warning: ${rest}`), true);
    else if (kind === 'notice') this.#say(colours.blue(`notice: ${rest}`), true);
    else this.#say(kind === undefined ? text : rest, false);
  }

  #openGroup(title: string): void {
    this.#closeGroup();
    this.#group = { title, lines: [], count: 0 };
  }

  #closeGroup(): void {
    const group = this.#group;
    if (group === undefined) return;
    this.#group = undefined;
    if (group.count === 0) return;
    this.#folded.push(group);
    const { colours } = this.#terminal;
    this.#print(this.#indented(colours.dim(`▸ ${group.title} (${group.count} line${group.count === 1 ? '' : 's'})`)));
  }

  #unfold(): void {
    const last = this.#folded.at(-1);
    if (last === undefined) return;
    const { colours } = this.#terminal;
    this.#print(this.#indented(colours.dim(`▾ ${last.title}`)));
    if (last.count > last.lines.length)
      this.#print(this.#indented(colours.dim(`  … ${last.count - last.lines.length} lines before`)));
    for (const line of last.lines) this.#print(this.#indented(`  ${line}`));
    this.#folded = [];
  }

  #say(line: string, isUrgent: boolean): void {
    const group = this.#group;
    if (group === undefined || isUrgent) {
      this.#print(this.#indented(line));
      return;
    }
    group.count++;
    group.lines.push(line);
    if (group.lines.length > KEPT_LINES) group.lines.shift();
  }

  #indented(line: string): string {
    return this.#isInStep ? `  ${line}` : line;
  }

  #print(line: string): void {
    this.#terminal.line(`${this.#prefix}${line}`);
  }
}
