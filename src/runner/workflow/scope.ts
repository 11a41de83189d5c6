import type { Json, NeedResult } from '../../model/workflow.ts';

/** One entry of the `steps` context. */
export interface StepContext {
  readonly outputs: Readonly<Record<string, string>>;
  /** How it ended, and the same after `continue-on-error`. */
  readonly outcome: NeedResult;
  readonly conclusion: NeedResult;
}

/** Where steps stand: in the job, or in one use of a composite action. What they say to each other stays in it. */
export interface StepScope {
  /** Of the file that holds them, for messages. */
  readonly path: string;
  /** 0: the job itself; a composite action in it is 1. */
  readonly depth: number;
  /** The `inputs` context. */
  readonly inputs: { readonly [name: string]: Json };
  /** The `steps` context. */
  readonly steps: Record<string, StepContext>;
  /** What the steps that led here had under `env`; what is set while it runs counts more. */
  readonly env: Record<string, string>;
  /** What is different here in the `github` context. */
  readonly github: { readonly [name: string]: Json };
  /** How it stands; in the job itself that of the job. */
  status: 'success' | 'failure';
}
