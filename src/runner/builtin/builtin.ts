import type { Exit } from '../../model/conclusion.ts';
import type { Annotation } from '../../model/findings.ts';
import type { ActionSettings, Json } from '../../model/workflow.ts';
import type { ArtifactClient } from '../actions/artifact-client.ts';
import type { ExecutionOrder } from '../execution-order.ts';

/** How a program of a built-in action is run. */
export interface BuiltinExecOptions {
  /** Default: the workspace. */
  readonly cwd?: string;
  /** Added to the environment of the step. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a built-in action ended; `reason` is shown as an error of the step. */
export interface BuiltinEnd {
  readonly conclusion: 'success' | 'failure' | 'error';
  readonly reason?: string;
}

/** What a built-in action works with: the step that uses it. */
export interface BuiltinContext {
  /** All inputs of its manifest, by the manifest's names; '' for those that are not set. */
  readonly inputs: Readonly<Record<string, string>>;
  /** The environment of the step, with what earlier steps added. */
  readonly env: Readonly<Record<string, string>>;
  readonly workspace: string;
  /** Is this the first thing that the job does, so that the workspace is as it was prepared? */
  readonly isUntouched: boolean;
  /** `RUNNER_TEMP`. */
  readonly temp: string;
  /** `RUNNER_TOOL_CACHE`. */
  readonly toolCache: string;
  /** The `github` context. */
  readonly github: { readonly [name: string]: Json };
  readonly order: ExecutionOrder;
  log(line: string): void;
  setOutput(name: string, value: string): void;
  /** For the steps that come. */
  setEnv(name: string, value: string): void;
  addPath(folder: string): void;
  /** For its own `post`. */
  saveState(name: string, value: string): void;
  /** In `post`: what `main` saved. */
  readonly state: Readonly<Record<string, string>>;
  annotate(annotation: Annotation): void;
  /** Looks for problems in what later steps print, by the JSON of `::add-matcher::`. */
  addMatchers(json: string): void;
  /** Hides a text in the log from now on. */
  mask(secret: string): void;
  /** Runs a program in the job's process tree with its output in the log. */
  exec(command: readonly [string, ...string[]], options?: BuiltinExecOptions): Promise<Exit>;
  /** Folder for what is kept between jobs of this repository and trust; it is there. */
  readonly caches: string;
  readonly artifacts: ArtifactClient;
  /** Resolves when the step is to end: it took too long, or its job was stopped and its `if` does not hold any more. */
  readonly stopped: Promise<void>;
  readonly settings: ActionSettings;
  /** URL of a path on the dispatcher's port: that of `order.git.path` is the repository itself. */
  urlOf(path: string): string;
}

/** An action that is part of this program. */
export interface BuiltinAction {
  main(context: BuiltinContext): Promise<BuiltinEnd>;
  post?(context: BuiltinContext): Promise<BuiltinEnd>;
}

/** It did what it was asked for. */
export const DONE: BuiltinEnd = { conclusion: 'success' };
