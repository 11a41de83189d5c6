import type { JobContexts, WorkflowJobSpec } from '../../model/workflow.ts';
import type { Clock } from '../../support/clock.ts';
import type { ArtifactClient } from '../actions/artifact-client.ts';
import type { ExecutionOrder } from '../execution-order.ts';
import type { StepRunner } from '../step-runner.ts';
import type { MaskedLog } from './masked-log.ts';

/** Folders of one job; absolute. */
export interface WorkflowPlaces {
  /** The commit is checked out there. */
  readonly workspace: string;
  /** TMPDIR and `RUNNER_TEMP`. */
  readonly temp: string;
  /** For the runner's own files; see {@link OwnFiles}. It need not be there. */
  readonly files: string;
  /** `RUNNER_TOOL_CACHE`; it need not be there. */
  readonly toolCache: string;
  /** What is kept between jobs of this repository and trust. */
  readonly caches: string;
  /** Where actions that were fetched are kept. */
  readonly actions: string;
}

/** What a workflow's job is executed with. */
export interface WorkflowJobOptions {
  readonly order: ExecutionOrder;
  readonly workflow: WorkflowJobSpec;
  readonly contexts: JobContexts;
  readonly steps: StepRunner;
  readonly log: MaskedLog;
  readonly places: WorkflowPlaces;
  /** The environment of every step, without what workflows say. */
  readonly env: Readonly<Record<string, string>>;
  readonly runnerName: string;
  /** Short hash of the runner's home: no other runner of this machine has it. */
  readonly runnerKey: string;
  readonly clock: Clock;
  /** How long steps may take that run although the job was stopped, in milliseconds. Default 300 000. */
  readonly lastStepsMs: number;
  readonly artifacts?: ArtifactClient;
  readonly urlOf: (path: string) => string;
}
