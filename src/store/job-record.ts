import type { Conclusion, Exit } from '../model/conclusion.ts';
import type { Annotation } from '../model/findings.ts';
import type { Json } from '../model/workflow.ts';

/** One step of the last execution of a job. */
export interface StepRecord {
  readonly index: number;
  readonly name: string;
  readonly conclusion: Conclusion | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly exit: Exit | null;
  readonly logOffset: number;
}

/** One try of a job on one runner. `outcome` null: it is under way; `returned`: it was given back before it had begun. */
export interface ExecutionRecord {
  readonly number: number;
  readonly runner: string;
  readonly leasedAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** `finished`: its result counts. `lost`: its runner was lost. `stale`: it finished, too late, after it was lost. */
  readonly outcome: 'finished' | 'lost' | 'stale' | 'returned' | null;
  readonly conclusion: Conclusion | null;
  readonly reason: string | null;
  readonly exit: Exit | null;
  readonly logBytes: number;
  readonly logBytesDropped: number;
  readonly leftovers: readonly string[];
  /** Since when its log is not kept any more; null: it is there. */
  readonly logRemovedAt: Date | null;
}

/** A job with its steps and executions. */
export interface JobRecord {
  readonly id: number;
  readonly runId: number;
  readonly key: string;
  readonly name: string;
  readonly needs: readonly string[];
  readonly labels: readonly string[];
  /** `waiting` and `leased` are inner states that people see as queued. */
  readonly state: 'waiting' | 'queued' | 'leased' | 'running' | 'cancelling' | 'completed';
  readonly conclusion: Conclusion | null;
  readonly reason: string | null;
  readonly runner: string | null;
  /** It failed in this attempt and was executed again by itself. */
  readonly isRetried: boolean;
  /** Number of the newest execution; 0 if there was none. */
  readonly execution: number;
  readonly queuedAt: Date | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly steps: readonly StepRecord[];
  readonly executions: readonly ExecutionRecord[];
  /** A `call` has no executions: it is over when the jobs of the workflow that it calls are. */
  readonly kind: 'job' | 'call';
  /** Id of the job in its workflow file; null for found tests. */
  readonly definition: string | null;
  /** Id of the call whose workflow it is part of; null at the top. */
  readonly parent: number | null;
  /** False: nothing is decided about it yet, since what it needs is not over. */
  readonly isExpanded: boolean;
  /** Of one leg of a matrix. */
  readonly matrix: { readonly [name: string]: Json } | null;
  readonly environment: string | null;
  /** Its failure does not fail the run. */
  readonly continueOnError: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
  /** Markdown; null where it wrote none. */
  readonly summary: string | null;
}
