/*
 * What a line looks like that says that something failed, in the words of common test runners and compilers. Matched
 * against text that is one byte a character, so that a place in it is a place in the log.
 */

/** `✗ × ✕ ✖ ❌` as the bytes of UTF-8. */
const CROSSES = [
  '\u00e2\u009c\u0097',
  '\u00c3\u0097 ',
  '\u00e2\u009c\u0095',
  '\u00e2\u009c\u0096',
  '\u00e2\u009d\u008c',
];

const PATTERNS = [
  /##\[error\]/,
  // jest, vitest, pytest, unittest, go test, Maven
  /\bFAIL(?:ED|URES?)?\b(?![ :=]*0\b)/,
  // TAP
  /\bnot ok \d/,
  // exceptions and what reports them: AssertionError, TypeError, java.lang.IllegalStateException
  /\b\w*(?:Error|Exception)(?::| \[)/,
  /\bTraceback \(most recent call last\)/,
  // compilers and linters
  /\berror(?:\[\w+\])?:/,
  /\bpanic(?:ked at|:)/,
  /\bSegmentation fault\b/,
  /\bnpm (?:ERR!|error)/,
  /\bfatal: /,
  ...CROSSES.map((cross) => new RegExp(cross)),
];

/** A new expression that finds, with `lastIndex`, the next place where something failed. It is stateful: one for each search. */
export function failurePattern(): RegExp {
  return new RegExp(PATTERNS.map(({ source }) => source).join('|'), 'g');
}

/** Colour sequences, which stand between words that people see side by side. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const COLOUR = /\u001b\[[0-9;]*m/g;

/** Text without its colours. */
export function withoutColours(text: string): string {
  return text.includes('\u001b') ? text.replace(COLOUR, '') : text;
}
