import { createColors } from 'picocolors';

type Colours = ReturnType<typeof createColors>;

/** A stream that is written to and may be a terminal. */
export interface Output {
  write(text: string | Uint8Array): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  once?(event: 'drain', listener: () => void): unknown;
}

/** Where a command writes: data to stdout, talk to stderr. */
export class Terminal {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Colours for stdout; the identity where there are to be none. */
  readonly colours: Colours;
  readonly #isDumb: boolean;
  /** Set by what goes on when nobody reads its output any more. */
  isOfServer = false;

  constructor(stdout: Output, stderr: Output, env: NodeJS.ProcessEnv) {
    this.stdout = stdout;
    this.stderr = stderr;
    this.colours = createColors(hasColour(stdout, env));
    this.#isDumb = env.TERM === 'dumb';
  }

  get hasColour(): boolean {
    return this.colours.isColorSupported;
  }

  get isInteractive(): boolean {
    return this.stdout.isTTY === true;
  }

  /** Can what was written be drawn anew: is it a terminal that moves its cursor? */
  get isLive(): boolean {
    return this.isInteractive && !this.#isDumb;
  }

  /** Columns that a line may take, 40 at least; undefined where lines are not for the eye. */
  get width(): number | undefined {
    return this.isInteractive ? Math.max(40, this.stdout.columns || 80) : undefined;
  }

  /** Lines that are seen at once. */
  get height(): number {
    return Math.max(5, this.stdout.rows || 24);
  }

  /** One line of data. */
  line(text = ''): void {
    this.stdout.write(`${text}\n`);
  }

  /** A value for programs: one line of JSON. */
  json(value: unknown): void {
    this.stdout.write(`${JSON.stringify(value)}\n`);
  }

  /** Fulfilled when stdout, whose `write` said false, has room again. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      if (this.stdout.once === undefined) resolve();
      else this.stdout.once('drain', resolve);
    });
  }

  /** One line for the person who typed the command. */
  say(text: string): void {
    this.stderr.write(`${text}\n`);
  }
}

/** NO_COLOR and FORCE_COLOR as on no-color.org and force-color.org; otherwise a terminal that can. */
function hasColour(output: Output, env: NodeJS.ProcessEnv): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR && env.FORCE_COLOR !== '0') return true;
  return output.isTTY === true && env.TERM !== 'dumb';
}
