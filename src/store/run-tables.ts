import type { Generated } from 'kysely';
import type { Conclusion, Status } from '../model/conclusion.ts';
import type { Turn } from '../model/job-facts.ts';
import type { Trigger } from '../model/push.ts';
import type { Instant, Json } from './columns.ts';

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
  /** The commit that its pull request is at, where `sha` is another one; null: there is no other. */
  head: string | null;
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

/** Large things that many runs share, each stored once: workflow files, payloads. */
interface Documents {
  id: Generated<number>;
  /** SHA-256 of `body`. */
  hash: string;
  body: Json;
}

/** Runs, their attempts, and what belongs to a whole run. */
export interface RunTables {
  runs: Runs;
  attempts: Attempts;
  documents: Documents;
  artifacts: ArtifactRows;
}
