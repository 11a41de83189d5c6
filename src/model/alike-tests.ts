/** What tells one failure of a test from another. */
export interface FailingTest {
  readonly suite: string;
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly message: string | null;
  readonly recovered: boolean;
}

/**
 * Groups tests that failed in the same way, so that each is told once: in several jobs, or as a report and a log tell of it, which
 * name the kind of the error, the line, or neither. In the order in which they came; the one that says most is the first of a group.
 */
export function alikeTests<T extends FailingTest>(tests: readonly T[]): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]][]>();
  const all: [T, ...T[]][] = [];
  for (const test of tests) {
    const key = JSON.stringify([test.suite, test.name, test.recovered]);
    const known = groups.get(key) ?? [];
    groups.set(key, known);
    const group = known.find(([first]) => areAlike(first, test));
    if (group === undefined) {
      const own: [T, ...T[]] = [test];
      known.push(own);
      all.push(own);
    } else if (group[0].line === null && test.line !== null) group.unshift(test);
    else group.push(test);
  }
  return all;
}

function areAlike(one: FailingTest, other: FailingTest): boolean {
  const isSame = (a: string | number | null, b: string | number | null) => a === null || b === null || a === b;
  const [a, b] = [plainWords(one), plainWords(other)];
  return isSame(one.file, other.file) && isSame(one.line, other.line) && (a === b || a === '' || b === '');
}

/** The first words without the kind of the error: `AssertionError [ERR_ASSERTION]: 2 == 3` is `2 == 3` in TAP. */
function plainWords(test: FailingTest): string {
  return (firstWords(test) ?? '').trim().replace(/^[\w.]*(?:Error|Exception|Failure)(?: \[\w+\])?: /, '');
}

/** The first line of its message that says something. */
export function firstWords({ message }: Pick<FailingTest, 'message'>): string | undefined {
  return (message ?? '').split('\n').find((line) => line.trim() !== '');
}
