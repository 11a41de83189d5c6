import { createContext, Script } from 'node:vm';
import { MATCH_PARTS, type MatcherConfig, type MatcherPattern, type MatchPart } from './matcher-config.ts';

/** How long the patterns may take for one line, in milliseconds, before the matcher is removed. */
const LIMIT_MS = 500;
/** Longer lines are not looked at, in characters. */
const LINE_LIMIT = 10_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOURS = /\x1b\[[0-9;]*m?/g;

/** What a line, or several, said; numbers as they were written. */
export type Match = Readonly<Partial<Record<MatchPart, string>>>;

/** The problem matchers of one job. */
export class Matchers {
  #matchers: readonly LineMatcher[] = [];

  /** Is there none? */
  get isEmpty(): boolean {
    return this.#matchers.length === 0;
  }

  /** They come before those that are there; one of the same owner is replaced. */
  add(configs: readonly MatcherConfig[]): void {
    for (const config of configs) {
      this.remove([config.owner]);
      this.#matchers = [new LineMatcher(config), ...this.#matchers];
    }
  }

  remove(owners: readonly string[]): void {
    const gone = owners.map((owner) => owner.toLowerCase());
    this.#matchers = this.#matchers.filter(({ owner }) => !gone.includes(owner.toLowerCase()));
  }

  /** What the next lines of an output say, one by one; undefined: it took too long, and nothing of it counts. */
  matchAll(lines: readonly string[]): (Match | undefined)[] | undefined {
    const restore = this.#matchers.map((matcher) => matcher.remember());
    let matches: (Match | undefined)[] = [];
    const isDone = runWithin(LIMIT_MS, () => {
      matches = lines.map((line) => this.#matchOne(line, (matcher, text) => matcher.match(text)));
    });
    if (isDone) return matches;
    for (const undo of restore) undo();
    return undefined;
  }

  /** What the next line says. `onRemoved`: a matcher took too long. */
  match(line: string, onRemoved: (owner: string) => void): Match | undefined {
    return this.#matchOne(line, (matcher, text) => {
      let match: Match | undefined;
      const isDone = runWithin(LIMIT_MS, () => {
        match = matcher.match(text);
      });
      if (isDone) return match;
      this.#matchers = this.#matchers.filter((other) => other !== matcher);
      onRemoved(matcher.owner);
      return undefined;
    });
  }

  #matchOne(line: string, match: (matcher: LineMatcher, line: string) => Match | undefined): Match | undefined {
    if (line.length > LINE_LIMIT) return undefined;
    const stripped = line.includes('\x1b[') ? line.replace(COLOURS, '') : line;
    for (const matcher of this.#matchers) {
      const found = match(matcher, stripped);
      if (found === undefined) continue;
      for (const other of this.#matchers) if (other !== matcher) other.reset();
      return found;
    }
    return undefined;
  }
}

/** Made when a line is matched for the first time: it takes some milliseconds. */
let place: { readonly context: { run: (() => void) | undefined }; readonly script: Script } | undefined;

/** Runs `what`; false if it took longer than `limitMs`: a regular expression that goes astray is ended too. */
function runWithin(limitMs: number, what: () => void): boolean {
  place ??= { context: createContext({ run: undefined }), script: new Script('run()') } as NonNullable<typeof place>;
  const { context, script } = place;
  context.run = what;
  try {
    script.runInContext(context, { timeout: limitMs });
    return true;
  } catch (error) {
    // It is an error of the other context, no instance of the Error of this one.
    if (Object(error).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  } finally {
    context.run = undefined;
  }
}

/** One matcher, and how far it has come. */
class LineMatcher {
  readonly #config: MatcherConfig;
  /** What the patterns but the last have found in the lines before. */
  #state: (Match | undefined)[] = [];

  constructor(config: MatcherConfig) {
    this.#config = config;
  }

  get owner(): string {
    return this.#config.owner;
  }

  reset(): void {
    this.#state = [];
  }

  /** Brings it back to where it is now. */
  remember(): () => void {
    const state = [...this.#state];
    return () => {
      this.#state = state;
    };
  }

  /** From the last pattern to the first: a line goes on with what the line before began. */
  match(line: string): Match | undefined {
    const { patterns } = this.#config;
    for (let index = patterns.length - 1; index >= 0; index--) {
      const [pattern, running] = [patterns[index], index > 0 ? this.#state[index - 1] : {}];
      if (pattern === undefined || running === undefined) continue;
      const found = pattern.regexp.exec(line);
      const isLast = index === patterns.length - 1;
      const match = found === null ? undefined : partsOf(pattern, found, running);
      if (!isLast) this.#state[index] = match;
      else if (match === undefined) this.#state[index - 1] = undefined;
      else return this.#completed(match, pattern, index, running);
    }
    return undefined;
  }

  #completed(match: Match, pattern: MatcherPattern, index: number, running: Match): Match {
    this.reset();
    if (pattern.loop) this.#state[index - 1] = running;
    const severity = match.severity || this.#config.severity;
    return severity === '' ? match : { ...match, severity };
  }
}

function partsOf({ groups }: MatcherPattern, found: RegExpExecArray, running: Match): Match {
  const parts: Partial<Record<MatchPart, string>> = { ...running };
  for (const part of MATCH_PARTS) {
    const group = groups[part];
    if (group !== undefined && parts[part] === undefined) parts[part] = found[group] ?? '';
  }
  return parts;
}
