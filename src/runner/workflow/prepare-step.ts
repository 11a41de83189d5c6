import { type Expression, needResult, type StepDefinition } from '../../model/workflow.ts';
import { messageOf } from '../../support/ci-error.ts';
import { evaluateCondition } from '../../workflow/expressions.ts';
import { booleanOf, type Checked } from '../../workflow/value-checks.ts';
import type { JobState } from './job-state.ts';
import { setOwn } from './own-property.ts';
import type { StepContext, StepScope } from './scope.ts';
import { isBad, type StepCall, type StepOutcome } from './step-call.ts';
import { evaluateTexts } from './step-env.ts';

/** A step that is about to be executed, if its `if` allows. */
export interface PreparedStep {
  readonly call: StepCall;
  /** Is it to be executed? */
  readonly isWanted: boolean;
  /** Why it cannot be, in words. */
  readonly problem?: string;
}

/** Which step, and where. */
export interface StepPlace {
  readonly job: JobState;
  readonly scope: StepScope;
  readonly step: StepDefinition;
  /** Of the job's step that it is, or is a part of. */
  readonly index: number;
  /** Instead of its `if`. */
  readonly condition?: Expression;
}

/** Evaluates `env` and `if` of a step. */
export function prepareStep({ job, scope, step, index, condition = step.if }: StepPlace): PreparedStep {
  job.files.renew(); // their names are in the `github` context
  const env = { ...job.env, ...scope.env };
  const github = { ...scope.github, action: job.actionNames.of(step) };
  const evaluation = job.evaluation(scope, env, github);
  const own = { ownEnv: {}, outputs: {}, state: {} };
  const call = { job, scope, step, index, condition, env, github, evaluation, ...own };
  try {
    Object.assign(call.ownEnv, evaluateTexts(step.env, evaluation));
    Object.assign(env, call.ownEnv);
    return { call, isWanted: isWanted(call) };
  } catch (error) {
    return { call, isWanted: true, problem: messageOf(error) };
  }
}

/** What the condition says now. @throws {ExpressionError} */
export function isWanted({ job, scope, condition, env, github }: StepCall): boolean {
  return evaluateCondition(condition, job.evaluation(scope, env, github));
}

/** How a step counts in its scope, after `continue-on-error`. */
export function settleStep(call: StepCall, outcome: StepOutcome): StepOutcome {
  if (!isBad(outcome)) return outcome;
  if (!call.job.isCancelled && continuesOnError(call)) return { ...outcome, conclusion: 'success' };
  call.scope.status = 'failure';
  return outcome;
}

/** Writes down for the other steps of the scope how a step ended. */
export function recordStep({ scope, step, outputs }: StepCall, outcome: StepOutcome, settled: StepOutcome): void {
  if (step.id === undefined) return;
  const [ended, counts] = [needResult(outcome.conclusion), needResult(settled.conclusion)];
  const context: StepContext = { outputs, outcome: ended, conclusion: counts };
  setOwn(scope.steps, step.id, context);
}

/** How a value of a step is checked, and what messages say of it. */
export function checked({ step, evaluation }: StepCall, what: string): Checked {
  return { what, scope: evaluation, at: step.at };
}

function continuesOnError(call: StepCall): boolean {
  const { continueOnError = null } = call.step;
  if (continueOnError === null) return false;
  try {
    return booleanOf(continueOnError, checked(call, 'continue-on-error'));
  } catch (error) {
    call.job.error(messageOf(error), call.index);
    return false;
  }
}
