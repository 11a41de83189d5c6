/** What tells one failure of a test from another. */
export interface FailingTest {
  readonly suite: string;
  readonly name: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly message: string | null;
  readonly recovered: boolean;
}

/** Groups tests that failed in the same way in several jobs, so that each is told once; in the order in which they came. */
export function alikeTests<T extends FailingTest>(tests: readonly T[]): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const test of tests) {
    const { suite, name, file, line, recovered } = test;
    const key = JSON.stringify([suite, name, file, line, recovered, firstWords(test)]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [test]);
    else group.push(test);
  }
  return [...groups.values()];
}

/** The first line of its message that says something. */
export function firstWords({ message }: Pick<FailingTest, 'message'>): string | undefined {
  return (message ?? '').split('\n').find((line) => line.trim() !== '');
}
