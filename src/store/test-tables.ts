import type { Generated } from 'kysely';
import type { Instant } from './columns.ts';

/** What the test reports of one execution said. */
interface TestReports {
  job: number;
  execution: number;
  run: number;
  repository: number;
  workflow: string;
  /** Key of the job, the same over all runs. */
  job_key: string;
  /** '': it is not known. */
  tree: string;
  passed: number;
  failed: number;
  skipped: number;
  /** See `test-pack.ts`. */
  cases: Uint8Array;
}

/** A test that both failed and passed on one tree. */
interface FlakyTests {
  repository: number;
  workflow: string;
  job_key: string;
  suite: string;
  name: string;
  /** In which that was seen last. */
  run: number;
  times: number;
  first_at: Instant;
  last_at: Instant;
}

/** A test by its name, once for all runs. */
interface Tests {
  id: Generated<number>;
  repository: number;
  suite: string;
  name: string;
  /** Where it was seen first, or when that was gone, later. */
  workflow: string;
  job_key: string;
  run: number;
}

/** In which runs a test failed. */
interface TestFailures {
  test: number;
  run: number;
}

/** What test reports said. */
export interface TestTables {
  test_reports: TestReports;
  flaky_tests: FlakyTests;
  tests: Tests;
  test_failures: TestFailures;
}
