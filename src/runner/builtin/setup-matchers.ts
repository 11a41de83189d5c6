/** Patterns for lines of tools; the form is that of the file of `::add-matcher::`. */
interface ProblemMatcher {
  readonly owner: string;
  readonly pattern: readonly object[];
}

/** What compilers and linters of JavaScript say: `a.ts(1,2): error TS2304: …`, `a.ts:1:2 - error TS2304: …`, ESLint's two forms. */
const NODE: readonly ProblemMatcher[] = [
  {
    owner: 'tsc',
    pattern: [
      {
        regexp: '^(\\S.*?)[(:](\\d+)[,:](\\d+)(?:\\):| -) (error|warning|info) TS(\\d+): (.+)$',
        ...{ file: 1, line: 2, column: 3, severity: 4, code: 5, message: 6 },
      },
    ],
  },
  {
    owner: 'eslint-compact',
    pattern: [
      {
        regexp: '^(\\S.*): line (\\d+), col (\\d+), (Error|Warning|Info) - (.+) \\(([^()]+)\\)$',
        ...{ file: 1, line: 2, column: 3, severity: 4, message: 5, code: 6 },
      },
    ],
  },
  {
    owner: 'eslint-stylish',
    pattern: [
      { regexp: '^(\\S.*)$', file: 1 },
      {
        regexp: '^\\s+(\\d+):(\\d+)\\s+(error|warning|info)\\s+(\\S.*?)(?:\\s\\s+(\\S+))?$',
        ...{ line: 1, column: 2, severity: 3, message: 4, code: 5, loop: true },
      },
    ],
  },
];

/** The last place of a traceback and what was raised there. */
const PYTHON: readonly ProblemMatcher[] = [
  {
    owner: 'python',
    pattern: [
      { regexp: '^\\s*File "(.+)", line (\\d+), in .+$', file: 1, line: 2 },
      { regexp: "^\\s*raise .*\\('(.*)'\\)$", message: 1 },
    ],
  },
];

/** `./a.go:1:2: …` */
const GO: readonly ProblemMatcher[] = [
  {
    owner: 'go',
    pattern: [
      {
        regexp: '^\\s*(\\.{0,2}[/\\\\].+\\.go):(\\d+):(?:(\\d+):)? (.*)$',
        ...{ file: 1, line: 2, column: 3, message: 4 },
      },
    ],
  },
];

/** `A.java:1: error: …` */
const JAVA: readonly ProblemMatcher[] = [
  {
    owner: 'javac',
    pattern: [
      {
        regexp: '^(\\S[^:]*\\.java):(\\d+): (error|warning): (.+)$',
        ...{ file: 1, line: 2, severity: 3, message: 4 },
      },
    ],
  },
];

const BY_TOOL = { node: NODE, python: PYTHON, go: GO, java: JAVA } as const;

/** What is set up. */
export type Tool = keyof typeof BY_TOOL;

/** The problem matchers that a setup action adds for the steps after it, as JSON. */
export function matchersOf(tool: Tool): string {
  return JSON.stringify({ problemMatcher: BY_TOOL[tool] });
}
