import type { Conclusion, Exit } from '../../model/conclusion.ts';
import type { Expression, Json, StepDefinition } from '../../model/workflow.ts';
import type { EvaluationScope } from '../../workflow/expressions.ts';
import type { JobState } from './job-state.ts';
import type { StepScope } from './scope.ts';

/** One step while it is executed. */
export interface StepCall {
  readonly job: JobState;
  readonly scope: StepScope;
  readonly step: StepDefinition;
  /** Of the job's step that this one is, or is a part of, in the results. */
  readonly index: number;
  /** The `env` context: of the job, and of the step. */
  readonly env: Record<string, string>;
  /** Only what the step has under `env`. */
  readonly ownEnv: Readonly<Record<string, string>>;
  /** Its `if`, or that of the part of an action that is executed. */
  readonly condition: Expression;
  /** What is special about the step in the `github` context. */
  readonly github: { readonly [name: string]: Json };
  readonly evaluation: EvaluationScope;
  /** What it says to later steps. */
  readonly outputs: Record<string, string>;
  /** What it says to its own `post`. */
  readonly state: Record<string, string>;
}

/** How a step, or a part of one, ended. */
export interface StepOutcome {
  readonly conclusion: Conclusion;
  /** In words; shown as an error of the step if it was not said yet. */
  readonly reason: string | null;
  readonly exit: Exit | null;
  /** Was the reason said in the log, by a step inside of it? */
  readonly isSaid?: boolean;
}

/** Neither done nor left out. */
export function isBad({ conclusion }: StepOutcome): boolean {
  return conclusion !== 'success' && conclusion !== 'skipped';
}

export const SKIPPED: StepOutcome = { conclusion: 'skipped', reason: null, exit: null };
export const SUCCESS: StepOutcome = { conclusion: 'success', reason: null, exit: null };

/** A step that could not be done, for a reason in words. */
export function failed(reason: string, conclusion: 'failure' | 'error' = 'failure'): StepOutcome {
  return { conclusion, reason, exit: null };
}
