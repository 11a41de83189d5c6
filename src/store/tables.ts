import type { Generated } from 'kysely';
import type { Conclusion, Status } from '../model/conclusion.ts';
import type { Turn } from '../model/job-facts.ts';
import type { Trigger } from '../model/push.ts';
import type { EventType } from './event-record.ts';
import type { ExecutionRecord, JobRecord } from './job-record.ts';

/** Milliseconds since 1970. */
type Instant = number;
/** A JSON text. */
type Json = string;

/** A repository; a removed one stays as the name of its runs. */
interface Repositories {
  id: Generated<number>;
  name: string;
  sources: Json;
  git_dir: string | null;
  secret: string;
  baseline: Json;
  created_at: Instant;
  removed_at: Instant | null;
  /** Counts its changes, so that copies in memory can be told from the truth. */
  version: number;
}

/** Apart from `repositories`, since it changes with each run. */
interface RepositoryCounters {
  repository: number;
  /** Number of its newest run. */
  last_number: number;
}

interface Runs {
  id: Generated<number>;
  repository: number;
  number: number;
  workflow: string;
  event: string;
  /** Part of the identity, empty for found tests; `ref` is what people see. */
  key_ref: string;
  occurrence: string;
  ref: string;
  sha: string;
  tree: string | null;
  trigger: Trigger;
  sources: Json;
  title: string;
  author: string;
  status: Status;
  conclusion: Conclusion | null;
  reason: string | null;
  attempt: number;
  /** 1: a job of it was executed again by itself. */
  retried: Generated<number>;
  /** Of the lanes of its jobs. */
  priority: Generated<number>;
  /** Why this program executes it though nobody asked for it, in words. */
  purpose: string | null;
  /** Names all that its verdict depends on; null: on more than its tree. */
  fingerprint: string | null;
  /** A `ReusedFrom`; null: it was executed. */
  reused_from: Json | null;
  created_at: Instant;
  committed_at: Instant;
  received_at: Instant;
  dispatched_at: Instant;
  started_at: Instant | null;
  completed_at: Instant | null;
  /** Path of its workflow file; null for found tests, and so is everything below that is not about its end. */
  path: string | null;
  actor: string | null;
  /** Why it waits for a person before anything of it begins; in all of its attempts. */
  held: string | null;
  /** When, and by whom, a run that was held was let begin; null: it was not. */
  approved_at: Instant | null;
  approved_by: string | null;
  /** Who asked for its present attempt; null: nobody had to, or it is not known. */
  asked_by: string | null;
  /** Ids of documents: the workflow file as it was read, the event's payload, the inputs. */
  definition: number | null;
  payload: number | null;
  inputs: number | null;
  /** Its concurrency group and its turn in it. */
  concurrency: string | null;
  turn: Turn | null;
  /** A {@link TurnRule}. */
  cancels_in_progress: Generated<number>;
  /** Set when somebody asked for its end. */
  cancel_reason: string | null;
}

interface ArtifactRows {
  id: Generated<number>;
  run: number;
  name: string;
  /** Of the run, when it was kept. */
  attempt: number;
  job: number;
  execution: number;
  /** Name in the folder of artifacts. */
  file: string;
  bytes: number;
  digest: string;
  created_at: Instant;
  expires_at: Instant;
}

/** Where branches are, as far as pushes told. */
interface Branches {
  repository: number;
  ref: string;
  sha: string;
  at: Instant;
}

/** How the attempts of a run before the present one ended. */
interface Attempts {
  run: number;
  attempt: number;
  conclusion: Conclusion | null;
  reason: string | null;
  started_at: Instant | null;
  completed_at: Instant | null;
  asked_by: string | null;
}

/** Green verdicts that other runs can take over. */
interface GreenTrees {
  repository: number;
  fingerprint: string;
  /** Null: `signalbox run` of the same machine. */
  run: number | null;
  number: number | null;
  duration_ms: number;
  at: Instant;
}

/** What taking over verdicts saved, and would have saved where it is off. */
interface ReuseSavingsRows {
  repository: number;
  runs: number;
  saved_ms: number;
  would_save_runs: number;
  would_save_ms: number;
}

/** Large things that many runs share, each stored once: workflow files, payloads. */
interface Documents {
  id: Generated<number>;
  /** SHA-256 of `body`. */
  hash: string;
  body: Json;
}

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

/** Who has a concurrency group, and who is next. */
interface ConcurrencyTurns {
  repository: number;
  /** Lower case: names of groups are compared without it. */
  name: string;
  turn: 'held' | 'pending';
  /** In its group, in the order in which they asked. */
  place: number;
  run: number;
  /** 0: the whole run. */
  job: number;
}

/** Sets of labels that runners have offered, ever. */
interface KnownLabels {
  /** Sorted. */
  labels: Json;
  at: Instant;
}

/** A set of labels that jobs ask for. */
interface LabelSets {
  id: Generated<number>;
  /** Sorted. */
  labels: Json;
}

/**
 * A queue of jobs that any free runner of a kind takes in the same order. With its head and the load of its repository in the row, the
 * next job of all lanes is the first entry of one index, however many wait.
 */
interface Lanes {
  id: Generated<number>;
  repository: number;
  label_set: number;
  priority: number;
  /** How many jobs of the repository are under way. */
  running: number;
  /** First of its jobs in the queue; null when none waits. */
  head_rank: number | null;
  head_job: number | null;
}

/** Every job that waits, and nothing else. */
interface Queue {
  job: number;
  /** {@link NO_LANE} while it waits for other jobs of its run. */
  lane: number;
  rank: number;
}

/** Every execution that is under way, and nothing else. */
interface Leases {
  job: number;
  execution: number;
  run: number;
  repository: number;
  runner: string;
  expires_at: Instant;
  leased_at: Instant;
  started_at: Instant | null;
  timeout_ms: number;
  is_exclusive: number;
  /** Why it is being cancelled, in words. */
  cancel_reason: string | null;
  /** Steps so far. */
  steps: Json;
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

/** A row of `secrets` or `variables`. */
interface VaultRow<Value> {
  /** 0: of the server. */
  repository: number;
  /** Lower-case; '': of the whole repository. */
  environment: string;
  /** In capitals. */
  name: string;
  value: Value;
  created_at: Instant;
  updated_at: Instant;
}

/** With what git is let in; the value is encrypted. */
interface CredentialRows {
  repository: number;
  kind: 'token' | 'ssh-key';
  value: Uint8Array;
  updated_at: Instant;
}

/** Texts that FTS5 finds; what is written cannot be read again. */
interface SearchTexts {
  rowid: number;
  text: string;
}

/** Which runs `search_runs` has: one row, once it was begun. */
interface SearchState {
  id: Generated<number>;
  low: number;
  high: number;
}

/** Test reports that are to be taken into the search. */
interface SearchReports {
  job: number;
  execution: number;
  /** How many of its tests are. */
  done: number;
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

interface Events {
  id: Generated<number>;
  at: Instant;
  type: EventType;
  repository: string | null;
  run: number | null;
  job: number | null;
  data: Json;
}

/** The tables of `signalbox.db`. */
export interface Tables {
  repositories: Repositories;
  repository_counters: RepositoryCounters;
  runs: Runs;
  specs: Specs;
  jobs: Jobs;
  label_sets: LabelSets;
  lanes: Lanes;
  queue: Queue;
  leases: Leases;
  executions: Executions;
  events: Events;
  small_logs: SmallLogRows;
  /** Values are encrypted. */
  secrets: VaultRow<Uint8Array>;
  variables: VaultRow<string>;
  credentials: CredentialRows;
  test_reports: TestReports;
  flaky_tests: FlakyTests;
  tests: Tests;
  test_failures: TestFailures;
  search_runs: SearchTexts;
  search_tests: SearchTexts;
  search_state: SearchState;
  search_reports: SearchReports;
  attempts: Attempts;
  branches: Branches;
  documents: Documents;
  green_trees: GreenTrees;
  reuse_savings: ReuseSavingsRows;
  legs: Legs;
  job_results: JobResults;
  concurrency_turns: ConcurrencyTurns;
  known_labels: KnownLabels;
  artifacts: ArtifactRows;
}

/** Lane of jobs that wait for other jobs. */
export const NO_LANE = 0;
