import type { StepResult } from '../protocol/execution-result.ts';
import type { Clock } from '../support/clock.ts';
import type { ArtifactClient } from './actions/artifact-client.ts';
import type { DiskRoom } from './disk-room.ts';
import type { Environment } from './environment.ts';
import type { ExecutionOrder } from './execution-order.ts';
import type { OutputPipes } from './output-pipe.ts';
import type { ProcessTree } from './process-tree.ts';
import type { Snapshots } from './snapshots.ts';
import type { Starter } from './starter.ts';
import type { StepTimes } from './step-runner.ts';
import type { Workspaces } from './workspaces.ts';

/** What executions share: the parts of a runner. */
export interface ExecutionTools {
  readonly clock: Clock;
  readonly runnerName: string;
  /** Short hash of the runner's home: the first part of the marker. */
  readonly runnerKey: string;
  readonly base: Readonly<Record<string, string>>;
  readonly own: Environment;
  readonly pipes: OutputPipes;
  readonly starter: Starter;
  readonly tree: ProcessTree;
  readonly workspaces: Workspaces;
  readonly snapshots: Snapshots;
  /** Folder for what tools download; it is there. */
  readonly caches: string;
  /** Goes before the id of a repository in the names of what is kept for its jobs. */
  readonly keptPrefix: string;
  /** Is there room for a job? */
  readonly room: DiskRoom;
  readonly times: StepTimes & { readonly lastStepsMs: number };
  /** Folder for the actions that were fetched. */
  readonly actions: string;
  /** URL of a path on the dispatcher's port. */
  readonly urlOf: (path: string) => string;
  /** Keeps the artifacts of the run that an order belongs to. */
  readonly artifactsOf: (order: ExecutionOrder) => ArtifactClient;
}

/** What happens while it runs. */
export interface ExecutionEvents {
  /** There is room on the disk for it: whoever can give its job back has looked. Default: it looks itself. */
  readonly hasRoom?: boolean;
  /** The first process exists. */
  started(at: Date): void;
  /** A step began (its conclusion is null) or ended. */
  step(step: StepResult): void;
}
