/*
 * What a line looks like that says that something failed, in the words of common test runners, compilers and shells. The page
 * and the terminal go by it.
 */

const CROSSES = ['✗', '× ', '✕', '✖', '❌'];

const PATTERNS = [
  // that a step has failed is said below the line that says why
  /##\[error\](?!Process completed with (?:exit code|signal) )/,
  // jest, vitest, pytest, unittest, go test, Maven
  /\bFAIL(?:ED|URES?)?\b(?![ :=]*0\b)/,
  /^E {3}/,
  // TAP; Perl's Test::More, whose points prove does not show
  /\bnot ok \d/,
  /^\s*#\s+Failed (?:TODO )?test /,
  // minitest, PHPUnit, CTest: what failed, under or after a heading that says less
  /^[A-Z][\w:]*#\w+ \[.+:\d+\]:$/,
  /^\d+\) [A-Za-z_][\w\\]*::\w/,
  /\*\*\*(?:Failed|Exception|Timeout|Not Run)\b/,
  // exceptions and what reports them: AssertionError, TypeError, java.lang.IllegalStateException
  /\b\w*(?:Error|Exception)(?::| \[)/,
  /\bTraceback \(most recent call last\)/,
  // compilers and linters; yarn
  /\berror(?:\[\w+\])?:/,
  /^error /,
  /\bpanic(?:ked at|:)/,
  /\bSegmentation fault\b/,
  /\bnpm (?:ERR!|error)/,
  /\bfatal(?: error)?: /,
  // shells
  /: line \d+: /,
  /: (?:command )?not found$/,
  /: No such file or directory$/,
];

/** Longer ones are no lines for people. */
const MAX_LINE = 2_000;

const IN_TEXT = anyOf(CROSSES, 'm');

/**
 * A new expression that finds, with `lastIndex`, the next place where something failed. It is stateful: one for each search.
 * For text that is one byte a character, so that a place in it is a place in the log.
 */
export function failurePattern(): RegExp {
  return anyOf(CROSSES.map(bytesOf), 'gm');
}

/** Does a line, without its end and its colours, say that something failed? */
export function isFailureLine(line: string): boolean {
  return line.length < MAX_LINE && IN_TEXT.test(line);
}

/** What the runner writes after the output of a step, and lines with nothing on them. */
const CLOSING = /^(?:\s*$|\[signalbox\] |##\[error\]Process completed with |##\[endgroup\])/;

/** Does a line come after what a step said, whatever that was? The one before it says more. */
export function isClosingLine(line: string): boolean {
  return CLOSING.test(line);
}

/** Begins the lines that say what a step is about to do, with its script: that may well have words of failure. */
export const STEP_HEAD = '##[group]Run ';
/** Ends them. */
export const STEP_HEAD_END = /^##\[endgroup\].*\n?/m;

function anyOf(crosses: readonly string[], flags: string): RegExp {
  return new RegExp([...PATTERNS.map(({ source }) => source), ...crosses].join('|'), flags);
}

/** The bytes of UTF-8, each as a character. */
function bytesOf(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** Colour sequences, which stand between words that people see side by side. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const COLOUR = /\u001b\[[0-9;]*m/g;

/** Text without its colours. */
export function withoutColours(text: string): string {
  return text.includes('\u001b') ? text.replace(COLOUR, '') : text;
}
