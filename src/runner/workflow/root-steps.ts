import type { StepDefinition } from '../../model/workflow.ts';
import type { Verdict } from '../step-verdict.ts';
import { describeDuration } from '../words.ts';
import type { JobState } from './job-state.ts';
import { isWanted, type PreparedStep, prepareStep, recordStep, settleStep } from './prepare-step.ts';
import type { ActionUse } from './scope.ts';
import { SKIPPED, type StepOutcome } from './step-call.ts';
import type { StepExecutor } from './step-executor.ts';
import { stepName } from './step-names.ts';
import { conditionOf } from './uses-step.ts';

/** The steps of the job itself: those that people see, with their conclusions. */
export class RootSteps {
  readonly #job: JobState;
  readonly #executor: StepExecutor;
  #current: PreparedStep | undefined;
  #cancelKill: (() => void) | undefined;
  #verdict: Verdict = { conclusion: 'success', reason: null, exit: null };

  constructor(job: JobState, executor: StepExecutor) {
    this.#job = job;
    this.#executor = executor;
  }

  /** How the job stands, a stop not counted. */
  get verdict(): Verdict {
    return this.#verdict;
  }

  /** Executes a step, or leaves it out. */
  async step(step: StepDefinition): Promise<void> {
    const prepared = this.#prepare(step);
    const name = this.#nameOf(prepared);
    if (this.#isLeftOut(prepared)) {
      recordStep(prepared.call, SKIPPED, SKIPPED);
      this.#job.steps.skip(name);
      return;
    }
    const { outcome, settled } = await this.#run(name, prepared, () => this.#executor.execute(prepared));
    recordStep(prepared.call, outcome, settled);
  }

  /** Executes what an action does before all steps, or after them; what is left out is not shown. */
  async part(use: ActionUse, part: 'pre' | 'post'): Promise<void> {
    const prepared = this.#prepare(use.step, use, part);
    if (this.#isLeftOut(prepared)) return;
    const name = `${part === 'pre' ? 'Pre' : 'Post'} ${this.#nameOf(prepared)}`;
    await this.#run(name, prepared, () => this.#executor.execute(prepared, part, use));
  }

  /** The job was stopped: steps whose `if` still holds go on, for a while. */
  stopped(): void {
    const { steps, options } = this.#job;
    if (steps.stopped === undefined) return;
    const { conclusion, reason } = steps.stopped;
    // What was stopped for another reason has no right to go on: another runner may have the job soon.
    if (conclusion !== 'cancelled' && conclusion !== 'timed_out') this.#job.isOver = true;
    const kill = () => steps.kill({ conclusion, reason: reason ?? '' });
    this.#cancelKill ??= options.clock.after(options.lastStepsMs, kill);
    // Before the first step it is the containers that are being started.
    if (this.#current === undefined || !this.#isStillWanted(this.#current)) this.#job.interrupt();
  }

  /** All are over. */
  end(): void {
    this.#cancelKill?.();
  }

  async #run(name: string, prepared: PreparedStep, execute: () => Promise<StepOutcome>) {
    const { steps, options, log } = this.#job;
    this.#job.beginStep();
    steps.markStarted();
    const begun = steps.begin(name);
    const startMs = options.clock.monotonicMs();
    this.#current = prepared;
    const outcome = this.#asStopped(await execute(), prepared);
    this.#current = undefined;
    const settled = settleStep(prepared.call, outcome);
    if (outcome.reason !== null && outcome.isSaid !== true) this.#job.error(outcome.reason, begun.index);
    log.line(
      `[signalbox] ${name}: ${outcome.conclusion} after ${describeDuration(options.clock.monotonicMs() - startMs)}`,
    );
    steps.complete(begun, settled);
    this.#take(settled, name);
    return { outcome, settled };
  }

  #prepare(step: StepDefinition, use?: ActionUse, part?: 'pre' | 'post'): PreparedStep {
    const { steps, root } = this.#job;
    const place = { job: this.#job, scope: root, step, index: steps.results.length };
    if (use === undefined || part === undefined) return prepareStep(place);
    return prepareStep({ ...place, condition: conditionOf(use, part) });
  }

  #nameOf({ call }: PreparedStep): string {
    return this.#job.masks.mask(stepName(call.step, call.evaluation));
  }

  #isLeftOut({ isWanted: wants }: PreparedStep): boolean {
    return !wants || !this.#job.mayGoOn;
  }

  /** A step that was ended because the job was: what it says itself does not count. */
  #asStopped(outcome: StepOutcome, prepared: PreparedStep): StepOutcome {
    const { stopped } = this.#job.steps;
    if (stopped === undefined || outcome.conclusion === 'success' || this.#isStillWanted(prepared)) return outcome;
    return { conclusion: stopped.conclusion, reason: null, exit: outcome.exit };
  }

  #isStillWanted({ call }: PreparedStep): boolean {
    try {
      return this.#job.mayGoOn && isWanted(call);
    } catch {
      return false;
    }
  }

  /** The first that fails decides; a step that took too long is a failure of the job, as on GitHub. */
  #take({ conclusion, reason, exit }: StepOutcome, name: string): void {
    if (this.#verdict.conclusion !== 'success') return;
    const words = reason?.startsWith('Process completed') ? null : reason;
    this.#verdict = {
      conclusion: conclusion === 'timed_out' ? 'failure' : conclusion,
      reason: conclusion === 'success' || words === null ? null : `${name}: ${words}`,
      exit,
    };
  }
}
