import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StepDefinition } from '../../model/workflow.ts';
import { messageOf } from '../../support/ci-error.ts';
import type { Verdict } from '../step-verdict.ts';
import { describeDuration } from '../words.ts';
import { jobOutputs } from './job-outputs.ts';
import { JobState } from './job-state.ts';
import type { StepOutcome } from './step-call.ts';
import { evaluateTexts } from './step-env.ts';
import { executeStep, isWanted, type PreparedStep, prepareStep, recordStep } from './step-executor.ts';
import { stepName } from './step-names.ts';
import type { WorkflowEnd } from './workflow-end.ts';
import type { WorkflowJobOptions } from './workflow-job-options.ts';

/** Executes the steps of a workflow's job. */
export class WorkflowJob {
  readonly #options: WorkflowJobOptions;
  readonly #state: JobState;
  #current: PreparedStep | undefined;
  #verdict: Verdict = { conclusion: 'success', reason: null, exit: null };

  constructor(options: WorkflowJobOptions) {
    this.#options = options;
    const folder = join(options.places.temp, '_github_workflow');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const eventPath = join(folder, 'event.json');
    writeFileSync(eventPath, `${JSON.stringify(options.contexts.github.event ?? {}, null, 2)}\n`);
    this.#state = new JobState(options, eventPath);
  }

  /** Executes all that is to be executed. Rejects only where the job cannot be begun. */
  async run(): Promise<WorkflowEnd> {
    const { steps, workflow } = this.#options;
    steps.outlive();
    void steps.whenStopped.then(() => this.#stopped());
    if (steps.stopped !== undefined) this.#stopped();
    this.#setUp();
    for (const step of workflow.job.steps) await this.#step(step);
    return this.#complete();
  }

  #setUp(): void {
    const { workflow } = this.#options;
    const state = this.#state;
    for (const env of [workflow.env, workflow.job.env])
      Object.assign(state.env, evaluateTexts(env, state.evaluation(state.root, { ...state.env })));
    const evaluation = state.evaluation(state.root, state.env);
    const defaults = {
      ...evaluateTexts(workflow.defaults, evaluation),
      ...evaluateTexts(workflow.job.defaults, evaluation),
    };
    const { shell = '', 'working-directory': workingDirectory = '' } = defaults;
    state.runDefaults = { shell, workingDirectory };
  }

  async #step(step: StepDefinition): Promise<void> {
    const { steps, log, clock } = this.#options;
    const prepared = prepareStep(this.#state, this.#state.root, step, steps.results.length);
    const name = this.#state.masks.mask(stepName(step, prepared.call.evaluation));
    if (!prepared.isWanted || steps.isKilled) {
      recordStep(prepared.call, { conclusion: 'skipped', reason: null, exit: null });
      steps.skip(name);
      return;
    }
    const begun = steps.begin(name);
    const startMs = clock.monotonicMs();
    this.#current = prepared;
    const outcome = this.#asStopped(await executeStep(prepared), prepared);
    this.#current = undefined;
    const recorded = recordStep(prepared.call, outcome);
    if (outcome.reason !== null) this.#state.error(outcome.reason, begun.index);
    log.line(`[signalbox] ${name}: ${outcome.conclusion} after ${describeDuration(clock.monotonicMs() - startMs)}`);
    steps.complete(begun, recorded);
    this.#take(recorded, name);
  }

  /** A step that was ended because the job was: what it says itself does not count. */
  #asStopped(outcome: StepOutcome, prepared: PreparedStep): StepOutcome {
    const { stopped } = this.#options.steps;
    if (stopped === undefined || outcome.conclusion === 'success' || this.#isStillWanted(prepared)) return outcome;
    return { conclusion: stopped.conclusion, reason: null, exit: outcome.exit };
  }

  /** The first that fails decides. */
  #take({ conclusion, reason, exit }: StepOutcome, name: string): void {
    if (this.#verdict.conclusion !== 'success') return;
    if (conclusion === 'success') this.#verdict = { ...this.#verdict, exit };
    else
      this.#verdict = {
        conclusion: conclusion === 'timed_out' ? 'failure' : conclusion,
        reason: worded(name, reason, exit),
        exit,
      };
  }

  /** Steps whose `if` still holds go on, for a while. */
  #stopped(): void {
    const { steps, clock, lastStepsMs } = this.#options;
    const reason = steps.stopped;
    if (reason === undefined) return;
    const { conclusion } = reason;
    if (conclusion !== 'cancelled' && conclusion !== 'timed_out')
      steps.kill({ conclusion, reason: reason.reason ?? '' });
    else clock.after(lastStepsMs, () => steps.kill({ conclusion, reason: reason.reason ?? '' }));
    if (this.#current !== undefined && !this.#isStillWanted(this.#current)) steps.interrupt();
  }

  #isStillWanted({ call }: PreparedStep): boolean {
    try {
      return isWanted(call) && !this.#options.steps.isKilled;
    } catch {
      return false;
    }
  }

  #complete(): WorkflowEnd {
    const { steps, log } = this.#options;
    const state = this.#state;
    let verdict = steps.stopped ?? this.#verdict;
    let outputs: Record<string, string> = {};
    try {
      outputs = jobOutputs(state);
    } catch (error) {
      log.line(`##[error]${messageOf(error)}`);
      if (verdict.conclusion === 'success') verdict = { conclusion: 'failure', reason: messageOf(error), exit: null };
    }
    const { kept, dropped } = state.annotations;
    if (dropped > 0)
      log.line(`[signalbox] ${dropped} annotations were too many (10 of a kind for a step, 50 for a job)`);
    const { reason } = verdict;
    const masked = { ...verdict, reason: reason === null ? null : state.masks.mask(reason) };
    return { verdict: masked, outputs, annotations: kept, summary: state.summary };
  }
}

/** Why the job failed, if the exit alone does not say it. */
function worded(name: string, reason: string | null, exit: StepOutcome['exit']): string | null {
  if (exit !== null && 'status' in exit && reason?.startsWith('Process completed')) return null;
  return reason === null ? null : `${name}: ${reason}`;
}
