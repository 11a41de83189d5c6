import type { Json, NeedResult, StepDefinition } from '../../model/workflow.ts';
import type { ResolvedAction } from '../actions/action.ts';

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
  readonly inputs: Record<string, Json>;
  /** The `steps` context. */
  readonly steps: Record<string, StepContext>;
  /** What the steps that led here had under `env`; what is set while it runs counts more. */
  readonly env: Record<string, string>;
  /** What is different here in the `github` context. */
  readonly github: { readonly [name: string]: Json };
  /** How it stands; in the job itself that of the job. */
  status: 'success' | 'failure';
  /** Actions that its steps use, as far as they were looked for. */
  readonly uses: Map<StepDefinition, Promise<ActionUse>>;
  /** Those that were begun, in this order: their last parts are executed the other way round. */
  readonly begun: Set<ActionUse>;
}

/** An action as one step uses it, from its first part to its last. */
export interface ActionUse {
  readonly step: StepDefinition;
  /** As written. */
  readonly uses: string;
  readonly action: ResolvedAction;
  /** What its parts say to those that follow. */
  readonly state: Record<string, string>;
  /** Where the steps of a composite action stand. */
  readonly scope?: StepScope;
}

/** A scope in which nothing has happened yet. */
export function newScope(facts: Pick<StepScope, 'path' | 'depth' | 'inputs' | 'github'>): StepScope {
  return { ...facts, steps: {}, env: {}, status: 'success', uses: new Map(), begun: new Set() };
}
