import type { TestCase, UnnamedTests } from '../../model/findings.ts';
import { Places } from '../reports/places.ts';
import { bounded, countWords, keptWords, type ReportMasks, toCase } from '../reports/test-cases.ts';
import type { TestLog } from './test-log.ts';

/** What the log of a job says of its tests. */
export interface TestsOfLog {
  readonly tests: readonly TestCase[];
  readonly unnamed: UnnamedTests;
  /** For the log of the job. */
  readonly notes: readonly string[];
}

const NOTHING: TestsOfLog = { tests: [], unnamed: { passed: 0, skipped: 0 }, notes: [] };

/** Where it was read. */
export interface LogAround {
  readonly workspace: string;
  readonly masks: ReportMasks | undefined;
  /** Did everything pass? Then a text that tells of failures is about something else: tests of a test runner print such. */
  readonly hasPassed: boolean;
}

/** The tests that a log told of, as those of a report. */
export function testsOfLog(
  { drafts: kept, hidden, unnamed }: TestLog,
  { workspace, masks, hasPassed }: LogAround,
): TestsOfLog {
  const drafts = hasPassed ? kept : [...kept, ...hidden];
  if (drafts.length + unnamed.passed + unnamed.skipped === 0) return NOTHING;
  if (hasPassed && drafts.some(({ conclusion }) => conclusion === 'failure')) return NOTHING;
  const places = new Places(workspace);
  const all = drafts.map((one) => toCase(one, { places, folder: '', masks }));
  const tests = bounded(all);
  const notes = [`no test report was read; the log tells of ${countWords(all, unnamed)}`];
  if (tests.length < all.length) notes.push(keptWords(tests));
  return { tests, unnamed, notes };
}
