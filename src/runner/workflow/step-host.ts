import type { Json } from '../../model/workflow.ts';
import type { ProcessOrder } from '../step-runner.ts';
import { which } from './shells.ts';
import type { WorkflowPlaces } from './workflow-job-options.ts';

/** Where the processes of steps run: on this machine, or in a container. */
export interface StepHost {
  /** Is it a container? Then nobody here knows what programs it has. */
  readonly isContainer: boolean;
  /** The Node for JavaScript actions. */
  readonly node: string;
  /** Looks a program up on a PATH; undefined: it is not there. A container's are taken by their name. */
  which(program: string, path: string): string | undefined;
  /** What is started here so that this runs there. */
  order(process: ProcessOrder): ProcessOrder;
}

/** This machine. */
export const HERE: StepHost = {
  isContainer: false,
  node: process.execPath,
  which,
  order: (order) => order,
};

/** What the containers of a job are started from. */
export interface ContainerRequest {
  /** `container` and `services` of the job, evaluated; null if there is none. */
  readonly container: Json;
  readonly services: Json;
  readonly places: WorkflowPlaces;
  /** Unique among all that run on this machine: names of containers and networks begin with it. */
  readonly name: string;
  /** The environment of processes of the job, for looking the engine up and for starting it. */
  readonly env: Readonly<Record<string, string>>;
  /** That of this machine, without what workflows say. */
  readonly machine: Readonly<Record<string, string>>;
  log(line: string): void;
  /** Hides a text in the log from now on. */
  mask(secret: string): void;
  /** Runs a program in the job's process tree; resolves with its exit status. @throws {ActionError} if it is not there. */
  exec(command: readonly [string, ...string[]], options?: ContainerExecOptions): Promise<number>;
  /** Resolves when what is being done is to end. */
  readonly stopped: Promise<void>;
}

/** How a program is run for containers. */
export interface ContainerExecOptions {
  /** Where its output goes. Default: the log. */
  readonly onOutput?: (bytes: Buffer) => void;
  /** Added to its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** It cleans up: the end of the job leaves it alone, and `stop` of the containers waits for it. */
  readonly isLast?: boolean;
}

/** The containers of a job that run. */
export interface JobContainers {
  /** Where its steps run. */
  readonly host: StepHost;
  /** What the `job` context says of them: `container` and `services`. */
  readonly facts: { readonly [name: string]: Json };
  /** Ends and removes them; called once, whatever became of the job. */
  stop(): Promise<void>;
}
