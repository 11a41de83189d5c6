import type { RunnerStatus } from '../model/pool.ts';
import type { JobContexts } from '../model/workflow.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { ClaimedJob } from '../store/claim.ts';
import type { Held } from './leases.ts';

/** A runner that can be given jobs, whatever protocol it speaks. */
export interface ConnectedRunner {
  readonly name: string;
  readonly labels: readonly string[];
  /** Only jobs of this repository; for classic runners. */
  readonly onlyRepository?: number;
  /** The repository of its last job: its workspace is warm. */
  readonly lastRepository: number | undefined;
  /** Jobs that it can take now; 0 while it drains, and after it is closed. */
  readonly room: number;
  /** Jobs that it can be given beyond its slots, since what it executes will be over in a moment. */
  readonly roomAhead: number;
  /** Can it be given jobs beyond its slots at all, now? */
  readonly takesAhead: boolean;
  readonly isDraining: boolean;
  readonly isClosed: boolean;
  /** Keeps room for jobs that are being claimed for it; called again with the negative number afterwards. */
  reserve(jobs: number): void;
  /** Gives it a job that was claimed for it; `contexts` are those of a workflow's job. */
  give(held: Held, job: ClaimedJob, contexts?: JobContexts): void;
  /** Its result is being stored: its slot is free, though the execution is not over yet. */
  freeSlot(held: Held): void;
  /** No new jobs; the runner is told, if it is to leave. */
  drain(): void;
  /** Takes a drain back, if it can be; a runner that was told is told that too, and is given jobs once it says so. */
  resume(): boolean;
  /** No new jobs from us; the runner is not told. */
  pause(): void;
  /** Fulfilled when nothing runs there any more. */
  onIdle(): Promise<void>;
  status(): RunnerStatus;
  /** Tells it to end an execution. */
  cancel(key: ExecutionKey, why: string, isForced?: boolean): void;
  /** A newer session has its name: this one goes. */
  replacedBy(newer: ConnectedRunner): void;
}
