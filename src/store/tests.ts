import type { TestCase } from '../model/findings.ts';

/** In how many of the last runs that executed it a test failed; of the same job of the same workflow. */
export interface TestHistory {
  readonly failed: number;
  /** 1 to 20. */
  readonly runs: number;
  /** The same by how often it was tried: a run that was tried again has several of them. */
  readonly failedTries: number;
  readonly tries: number;
}

/** One test of a run. */
export interface RunTest extends TestCase {
  readonly job: number;
  readonly jobName: string;
  readonly execution: number;
  /** It passed, after it had failed in an earlier execution of its job, or in an earlier try of its own runner. */
  readonly hasRecovered: boolean;
  /** It has both failed and passed on one tree, in this run or one of the last hundred. */
  readonly isFlaky: boolean;
}

/** A test of a run that failed or has recovered. */
export interface NotedTest extends RunTest {
  readonly history: TestHistory;
}

/** What the tests of a run say, over the last execution of each of its jobs. */
export interface RunTests {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** How many of those that passed have recovered. */
  readonly flaky: number;
  /** Those that failed, then those that have recovered; at most 100. */
  readonly noted: readonly NotedTest[];
}

/** A test that both failed and passed on one tree. */
export interface FlakyTest {
  readonly workflow: string;
  /** Key of its job. */
  readonly job: string;
  readonly suite: string;
  readonly name: string;
  /** How often that was seen, first and last when, and the run in which it was seen last. */
  readonly times: number;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly lastRun: number;
  readonly history: TestHistory;
}

/** What test reports said. */
export interface TestStore {
  /** Undefined: no job of the run wrote a report. */
  ofRun(run: number): Promise<RunTests | undefined>;
  /** All tests of a run: failing ones first, then in the order of the reports. Empty if there were none. */
  allOfRun(run: number): Promise<readonly RunTest[]>;
  /** Tests of a repository that are flaky, the one that was seen to be so last first; at most 200. */
  flaky(repository: number): Promise<readonly FlakyTest[]>;
}
