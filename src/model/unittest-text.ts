/*
 * The last lines of what Python's unittest writes: `Ran 3 tests in 0.001s`, an empty one, and the verdict.
 */

/** Says how many tests there were. */
export const UNITTEST_RAN = /^Ran (\d+) tests? in \d+\.\d+s$/;

/** How many tests did not simply pass. */
export interface UnittestCounts {
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
  readonly unexpectedSuccesses: number;
}

/** Is this line the verdict: `OK`, `FAILED (failures=1, skipped=2)`, `NO TESTS RAN`? */
export function isUnittestVerdict(line: string): boolean {
  return /^(?:OK|FAILED|NO TESTS RAN)(?: \(.*\))?\s*$/.test(line);
}

/** The counts in a verdict. */
export function unittestCounts(verdict: string): UnittestCounts {
  const count = (name: string) => Number(new RegExp(`[(,]\\s*${name}=(\\d+)`).exec(verdict)?.[1] ?? 0);
  return {
    failures: count('failures'),
    errors: count('errors'),
    skipped: count('skipped'),
    unexpectedSuccesses: count('unexpected successes'),
  };
}
