import type { Generated } from 'kysely';
import type { Conclusion } from '../model/conclusion.ts';
import type { Turn } from '../model/job-facts.ts';
import type { Instant, Json } from './columns.ts';
import type { ExecutionRecord, JobRecord } from './job-record.ts';

/** What a runner has to do; most commits of a repository share one. */
interface Specs {
  id: Generated<number>;
  /** SHA-256 of `spec`. */
  hash: string;
  spec: Json;
}

interface Jobs {
  id: Generated<number>;
  run: number;
  key: string;
  name: string;
  needs: Json;
  spec: number;
  lane: number;
  /** 0 for the tip of a ref, 1 for a commit in between. */
  rank: number;
  state: JobRecord['state'];
  /** Number of its newest execution: the fencing token. */
  execution: number;
  /** How many executions were lost. */
  lost: number;
  /** How often it was executed again by itself in this attempt, after it failed. */
  retried: Generated<number>;
  conclusion: Conclusion | null;
  reason: string | null;
  runner: string | null;
  queued_at: Instant | null;
  started_at: Instant | null;
  completed_at: Instant | null;
  kind: Generated<'job' | 'call'>;
  /** Id of the job in its workflow file; null for found tests. */
  definition: string | null;
  /** The call whose workflow it is part of; 0 at the top. */
  parent: Generated<number>;
  /** Its place among those of the same parent, for people. */
  position: Generated<number>;
  /** 1: it was part of a former attempt and is not of the present one. */
  is_former: Generated<number>;
  /** 0: it stands for its definition, which is expanded when everything that it needs is over. */
  is_expanded: Generated<number>;
  continue_on_error: Generated<number>;
  fail_fast: Generated<number>;
  max_parallel: number | null;
  turn: Turn | null;
}

/** What is particular to one leg of a matrix, or to one call. */
interface Legs {
  job: number;
  /** As the expander called it. */
  key: string;
  matrix: Json;
  strategy: Json;
  environment: string | null;
  /** Its concurrency group. */
  concurrency: string | null;
  /** A {@link TurnRule}. */
  cancels_in_progress: number;
  /** Of a call: where the jobs of its workflow stand, a document. */
  scope: number | null;
}

/** What a job said beyond its verdict; no row where it said nothing. */
interface JobResults {
  job: number;
  outputs: Json;
  annotations: Json;
  summary: string | null;
}

/** Every execution that is over: one row, one result. */
interface Executions {
  job: number;
  number: number;
  runner: string;
  leased_at: Instant;
  started_at: Instant | null;
  completed_at: Instant | null;
  outcome: NonNullable<ExecutionRecord['outcome']>;
  conclusion: Conclusion | null;
  reason: string | null;
  exit: Json | null;
  log_bytes: number;
  log_bytes_dropped: number;
  leftovers: Json;
  steps: Json;
  /** Since when its log is not kept any more. */
  log_removed_at: Generated<Instant | null>;
}

/** A log of a few lines; larger ones are files. */
interface SmallLogRows {
  job: number;
  execution: number;
  is_sealed: number;
  bytes: Uint8Array;
}

/** Jobs, what they have to do, and what came of them. */
export interface JobTables {
  specs: Specs;
  jobs: Jobs;
  legs: Legs;
  executions: Executions;
  job_results: JobResults;
  small_logs: SmallLogRows;
}
