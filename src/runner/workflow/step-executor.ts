import { needResult, type StepDefinition } from '../../model/workflow.ts';
import { messageOf } from '../../support/ci-error.ts';
import { evaluateCondition } from '../../workflow/expressions.ts';
import { booleanOf, numberOf } from '../../workflow/value-checks.ts';
import type { JobState } from './job-state.ts';
import type { StepScope } from './scope.ts';
import { runScript } from './script-step.ts';
import { failed, type StepCall, type StepOutcome } from './step-call.ts';
import { evaluateTexts } from './step-env.ts';

/** A step that is about to be executed, if its `if` allows. */
export interface PreparedStep {
  readonly call: StepCall;
  /** Is it to be executed? */
  readonly isWanted: boolean;
  /** Why it cannot be, in words. */
  readonly problem?: string;
}

/** Evaluates `env` and `if` of a step. */
export function prepareStep(job: JobState, scope: StepScope, step: StepDefinition, index: number): PreparedStep {
  const env = { ...job.env, ...scope.env };
  const github = { action: job.actionNames.of(step), ...scope.github };
  const evaluation = job.evaluation(scope, env, github);
  const call = { job, scope, step, index, env, github, evaluation, outputs: {}, state: {} };
  try {
    Object.assign(env, evaluateTexts(step.env, evaluation));
    return { call, isWanted: isWanted(call) };
  } catch (error) {
    return { call, isWanted: true, problem: messageOf(error) };
  }
}

/** What its `if` says now. @throws {ExpressionError} */
export function isWanted({ job, scope, step, env, github }: StepCall): boolean {
  return evaluateCondition(step.if, job.evaluation(scope, env, github));
}

/** Executes a step that was prepared, within its own bound on time. Never rejects. */
export async function executeStep({ call, problem }: PreparedStep): Promise<StepOutcome> {
  if (problem !== undefined) return failed(problem);
  const { job, step } = call;
  try {
    const { timeoutMinutes = null } = step;
    const minutes = timeoutMinutes === null ? 0 : numberOf(timeoutMinutes, checked(call, 'timeout-minutes'));
    return minutes > 0 ? await within(minutes, call) : await perform(call);
  } catch (error) {
    return job.steps.stopped ?? failed(messageOf(error));
  }
}

async function within(minutes: number, call: StepCall): Promise<StepOutcome> {
  const { job } = call;
  let hasTimedOut = false;
  const cancel = job.options.clock.after(minutes * 60_000, () => {
    hasTimedOut = true;
    job.steps.interrupt();
  });
  const outcome = await perform(call).finally(cancel);
  if (!hasTimedOut || job.isCancelled) return outcome;
  const reason = `The step has timed out after ${minutes} minute${minutes === 1 ? '' : 's'}.`;
  return { conclusion: 'timed_out', reason, exit: outcome.exit };
}

function perform(call: StepCall): Promise<StepOutcome> {
  const { run } = call.step;
  return run === undefined ? performUses(call) : runScript(call, run);
}

async function performUses({ step }: StepCall): Promise<StepOutcome> {
  return failed(`${step.uses ?? ''} cannot be used by this version`, 'error');
}

/** Writes down how a step ended where others see it, and says whether its scope has failed by it. */
export function recordStep(call: StepCall, outcome: StepOutcome): StepOutcome {
  const { scope, step, outputs, job } = call;
  const isBad = outcome.conclusion !== 'success' && outcome.conclusion !== 'skipped';
  const isForgiven = isBad && !job.isCancelled && continuesOnError(call);
  const conclusion = isForgiven ? 'success' : outcome.conclusion;
  if (step.id !== undefined)
    scope.steps[step.id] = { outputs, outcome: needResult(outcome.conclusion), conclusion: needResult(conclusion) };
  if (isBad && !isForgiven) scope.status = 'failure';
  return { ...outcome, conclusion };
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

function checked({ step, evaluation }: StepCall, what: string) {
  return { what, scope: evaluation, at: step.at };
}
