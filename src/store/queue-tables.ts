import type { Generated } from 'kysely';
import type { Instant, Json } from './columns.ts';

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

/** Runners that are given nothing until somebody resumes them. */
interface DrainedRunners {
  name: string;
  at: Instant;
}

/** What waits, in which order, and what is under way. */
export interface QueueTables {
  label_sets: LabelSets;
  known_labels: KnownLabels;
  drained_runners: DrainedRunners;
  lanes: Lanes;
  queue: Queue;
  leases: Leases;
  concurrency_turns: ConcurrencyTurns;
}
