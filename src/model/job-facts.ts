import type { JobState } from './job.ts';

/** What `advance` has to know of a job. */
export interface JobFacts {
  /** Unique in its run. */
  readonly key: string;
  /** Of found tests keys of jobs; of a workflow ids of definitions of the same file. */
  readonly needs: readonly string[];
  readonly state: JobState;
  /** Its place in the graph of a workflow file; absent for found tests. */
  readonly graph?: GraphFacts;
}

/** Where a job of a workflow file stands. */
export interface GraphFacts {
  /** Id of its definition: what others need. The legs of a matrix share it, and are one *group*. */
  readonly definition: string;
  /** Key of the call whose workflow it is part of; '' at the top. */
  readonly parent: string;
  readonly kind: 'job' | 'call';
  /** False: it stands for its definition, which is expanded when all that it needs is over. */
  readonly isExpanded: boolean;
  /** Its failure fails neither the run nor its matrix. */
  readonly continueOnError: boolean;
  readonly failFast: boolean;
  /** How many of its group may be under way; null: all. */
  readonly maxParallel: number | null;
  readonly turn: Turn | null;
}

/** A job's place in its concurrency group: not asked for yet, in the line, or its own. Null: it is in no group. */
export type Turn = 'wanted' | 'pending' | 'held';
