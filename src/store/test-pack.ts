import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync } from 'node:zlib';
import type { TestCase, UnnamedTests } from '../model/findings.ts';

const deflate = promisify(deflateRaw);
const CONCLUSIONS = ['success', 'failure', 'skipped'] as const;

/** Tests as they are kept: names of suites and tests look alike, so 2,000 of them take about 15 kB. */
export interface PackedTests {
  readonly cases: Uint8Array;
  /** How many there are, those included that have no names. */
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Of each test a row: suite, name, conclusion, time, and what else there is. */
type Packed = readonly [
  string,
  string,
  0 | 1 | 2,
  number | null,
  Pick<TestCase, 'message' | 'file' | 'line' | 'isFlaky'>?,
];

/** Packs tests, beside the thread that writes. */
export async function packTests(tests: readonly TestCase[], unnamed?: UnnamedTests): Promise<PackedTests> {
  const rows = tests.map(({ suite, name, conclusion, durationMs, ...more }) => {
    const row = [suite, name, CONCLUSIONS.indexOf(conclusion), durationMs];
    return Object.keys(more).length === 0 ? row : [...row, more];
  });
  const count = (conclusion: TestCase['conclusion']) => tests.filter((one) => one.conclusion === conclusion).length;
  const cases = await deflate(JSON.stringify(rows), { level: 3 });
  return {
    cases,
    passed: count('success') + (unnamed?.passed ?? 0),
    failed: count('failure'),
    skipped: count('skipped') + (unnamed?.skipped ?? 0),
  };
}

/** The tests that were packed. */
export function unpackTests(cases: Uint8Array): readonly TestCase[] {
  const rows = JSON.parse(inflateRawSync(cases).toString('utf8')) as readonly Packed[];
  return rows.map(([suite, name, code, durationMs, more]) => ({
    ...{ suite, name, conclusion: CONCLUSIONS[code], durationMs },
    ...more,
  }));
}

/** What a test is known by among those of its job. */
export function testKey({ suite, name }: Pick<TestCase, 'suite' | 'name'>): string {
  return `${suite}\n${name}`;
}

/** How each test ended; of several with one name, as parameters make them, the worst one counts. */
export function endsOf(tests: readonly TestCase[]): ReadonlyMap<string, TestCase> {
  const ends = new Map<string, TestCase>();
  for (const one of tests) {
    const key = testKey(one);
    const other = ends.get(key);
    if (other === undefined || rank(one) < rank(other)) ends.set(key, one);
  }
  return ends;
}

function rank({ conclusion, isFlaky }: TestCase): number {
  if (conclusion === 'failure') return 0;
  return conclusion === 'success' ? (isFlaky ? 1 : 2) : 3;
}
