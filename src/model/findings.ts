/** A remark on a line of the code: by a workflow command, a problem matcher, or a test that failed. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly message: string;
  readonly title?: string;
  /** Relative to the root of the repository. */
  readonly file?: string;
  readonly line?: number;
  readonly endLine?: number;
  readonly column?: number;
  readonly endColumn?: number;
  /** Index of the step that made it. */
  readonly step?: number;
}

/** One test case of a report. */
export interface TestCase {
  /** File, class or suite it belongs to; '' if the report does not say. */
  readonly suite: string;
  readonly name: string;
  readonly conclusion: 'success' | 'failure' | 'skipped';
  /** Milliseconds; null if the report does not say. */
  readonly durationMs: number | null;
  /** Of a failure: what it said, at most 8 KiB. */
  readonly message?: string;
  readonly file?: string;
  readonly line?: number;
  /** It failed first and passed then, in one execution, as its own runner says. */
  readonly isFlaky?: boolean;
}

/** Tests that their tool counted without naming them. */
export interface UnnamedTests {
  readonly passed: number;
  readonly skipped: number;
}
