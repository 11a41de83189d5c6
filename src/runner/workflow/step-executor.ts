import type { StepDefinition } from '../../model/workflow.ts';
import { messageOf } from '../../support/ci-error.ts';
import { numberOf } from '../../workflow/value-checks.ts';
import { ActionError } from '../actions/action.ts';
import type { ActionUses } from './action-use.ts';
import { runComposite } from './composite-action.ts';
import type { JobState } from './job-state.ts';
import type { ActionPart } from './node-action.ts';
import { checked, type PreparedStep, prepareStep, recordStep, settleStep } from './prepare-step.ts';
import type { ActionUse, StepScope } from './scope.ts';
import { runScript } from './script-step.ts';
import { failed, isBad, SKIPPED, type StepCall, type StepOutcome, SUCCESS } from './step-call.ts';
import { conditionOf, hasPost, hasPre, runActionPart } from './uses-step.ts';

/** Executes steps, of the job and of composite actions. */
export class StepExecutor {
  readonly #job: JobState;
  readonly #uses: ActionUses;

  constructor(job: JobState, uses: ActionUses) {
    this.#job = job;
    this.#uses = uses;
  }

  /** Executes a step that was prepared, or one part of its action, within its own bound on time. Never rejects. */
  async execute({ call, problem }: PreparedStep, part: ActionPart = 'main', use?: ActionUse): Promise<StepOutcome> {
    if (problem !== undefined) return failed(problem);
    const { steps } = this.#job;
    try {
      const { timeoutMinutes = null } = call.step;
      const minutes = timeoutMinutes === null ? 0 : numberOf(timeoutMinutes, checked(call, 'timeout-minutes'));
      const perform = () => this.#perform(call, part, use);
      return minutes > 0 ? await this.#within(minutes, perform) : await perform();
    } catch (error) {
      return steps.stopped ?? failed(messageOf(error), error instanceof ActionError ? 'error' : 'failure');
    }
  }

  async #within(minutes: number, perform: () => Promise<StepOutcome>): Promise<StepOutcome> {
    const { options } = this.#job;
    let hasTimedOut = false;
    const cancel = options.clock.after(minutes * 60_000, () => {
      hasTimedOut = true;
      this.#job.interrupt();
    });
    const outcome = await perform().finally(cancel);
    if (!hasTimedOut || this.#job.isCancelled) return outcome;
    const reason = `The step has timed out after ${minutes} minute${minutes === 1 ? '' : 's'}.`;
    return { conclusion: 'timed_out', reason, exit: outcome.exit };
  }

  async #perform(call: StepCall, part: ActionPart, known?: ActionUse): Promise<StepOutcome> {
    const { run } = call.step;
    if (run !== undefined) return runScript(call, run);
    const use = known ?? (await this.#find(call));
    if (use === undefined) return failed('the job was stopped while the action was looked for');
    call.scope.begun.add(use);
    return runActionPart(call, use, part, (inner, composite, what) => this.#runCompositePart(inner, composite, what));
  }

  /** A stopped job does not wait for a network. */
  #find({ scope, step }: StepCall): Promise<ActionUse | undefined> {
    const found = this.#uses.of(scope, step);
    return this.#job.isCancelled ? found : Promise.race([found, this.#job.steps.whenStopped.then(() => undefined)]);
  }

  async #runCompositePart(call: StepCall, { action, scope }: ActionUse, part: ActionPart): Promise<StepOutcome> {
    if (action.kind !== 'composite' || scope === undefined) return SUCCESS;
    const { index } = call;
    if (part === 'main') return runComposite(call, action, scope, (inner, step) => this.#runInner(inner, step, index));
    const uses = part === 'pre' ? await usesWithPre(scope, action.steps) : [...scope.begun].filter(hasPost).reverse();
    let outcome = SUCCESS;
    for (const use of uses) {
      const inner = await this.#runInnerPart(scope, use, part, index);
      if (isBad(inner) && !isBad(outcome)) outcome = { ...inner, isSaid: true };
    }
    return outcome;
  }

  async #runInner(scope: StepScope, step: StepDefinition, index: number): Promise<StepOutcome> {
    const prepared = prepareStep({ job: this.#job, scope, step, index });
    const isDone = !prepared.isWanted || !this.#job.mayGoOn;
    const outcome = isDone ? SKIPPED : await this.execute(prepared);
    this.#say(outcome, index);
    const settled = settleStep(prepared.call, outcome);
    recordStep(prepared.call, outcome, settled);
    return settled;
  }

  async #runInnerPart(scope: StepScope, use: ActionUse, part: 'pre' | 'post', index: number): Promise<StepOutcome> {
    const prepared = prepareStep({ job: this.#job, scope, step: use.step, index, condition: conditionOf(use, part) });
    if (!prepared.isWanted || !this.#job.mayGoOn) return SKIPPED;
    const outcome = await this.execute(prepared, part, use);
    this.#say(outcome, index);
    return settleStep(prepared.call, outcome);
  }

  #say({ reason, isSaid }: StepOutcome, index: number): void {
    if (reason !== null && isSaid !== true) this.#job.error(reason, index);
  }
}

/** Those of the steps that have something to do before all others, in their order. */
export async function usesWithPre(scope: StepScope, steps: readonly StepDefinition[]): Promise<ActionUse[]> {
  const found: ActionUse[] = [];
  for (const step of steps) {
    const use = await scope.uses.get(step)?.catch(() => undefined);
    if (use !== undefined && (await hasPre(use))) found.push(use);
  }
  return found;
}
