import { join } from 'node:path';
import { messageOf } from '../../support/ci-error.ts';
import type { Verdict } from '../step-verdict.ts';
import { describeDuration } from '../words.ts';
import { ActionUses } from './action-use.ts';
import { startJobContainers } from './container-tools.ts';
import { jobOutputs } from './job-outputs.ts';
import { JobState } from './job-state.ts';
import { OwnFiles } from './own-files.ts';
import { RootSteps } from './root-steps.ts';
import { evaluateTexts } from './step-env.ts';
import { StepExecutor, usesWithPre } from './step-executor.ts';
import { FIRST_FILES } from './step-files.ts';
import { hasPost } from './uses-step.ts';
import type { WorkflowEnd } from './workflow-end.ts';
import type { WorkflowJobOptions } from './workflow-job-options.ts';

/** Name of the file with the event. */
const EVENT = 'event.json';
/** A reason is cut after this many characters. */
const REASON_LIMIT = 4096;

/** Executes the steps of a workflow's job. */
export class WorkflowJob {
  readonly #options: WorkflowJobOptions;
  readonly #state: JobState;
  readonly #uses: ActionUses;
  readonly #steps: RootSteps;
  readonly #startMs: number;

  constructor(options: WorkflowJobOptions) {
    this.#options = options;
    this.#startMs = options.clock.monotonicMs();
    const { places, contexts, workflow, log } = options;
    const own = new OwnFiles(places.files, join(places.temp, '_signalbox'));
    own.begin();
    const eventPath = own.put(EVENT, `${JSON.stringify(contexts.github.event ?? {}, null, 2)}\n`);
    this.#state = new JobState(options, own, eventPath);
    const { workspace, actions: cache } = places;
    const say = (line: string) => log.line(line);
    const hasToken = Object.keys(contexts.secrets).length > 0;
    const settings = workflow.actions;
    this.#uses = new ActionUses({ workspace, cache, settings, log: say, commits: new Map(), hasToken });
    this.#steps = new RootSteps(this.#state, new StepExecutor(this.#state, this.#uses));
  }

  /** Executes all that is to be executed. Rejects only where the job cannot be begun. */
  async run(): Promise<WorkflowEnd> {
    const { steps } = this.#options;
    steps.outlive();
    void steps.whenStopped.then(() => this.#steps.stopped());
    if (steps.stopped !== undefined) this.#steps.stopped();
    this.#setUp();
    this.#greet();
    const containers = await startJobContainers(this.#state);
    try {
      await this.#runSteps();
    } finally {
      await containers?.stop();
      this.#steps.end();
      this.#state.own.end([EVENT], FIRST_FILES);
    }
    return this.#complete();
  }

  /** What the job is executed with, for whoever reads the log. */
  #greet(): void {
    const { runnerName, places, workflow, log } = this.#options;
    const { os, arch } = this.#state.runner;
    const facts = [
      `runner ${runnerName}: ${os} ${arch}, Node ${process.versions.node}`,
      `job ${workflow.job.id} of ${workflow.path}`,
      `workspace ${places.workspace}`,
    ];
    log.line(['##[group]Set up job', ...facts, '##[endgroup]'].join('\n'));
  }

  /** How it ended, and what it says to others. */
  #sayGoodbye({ conclusion }: Verdict, outputs: Readonly<Record<string, string>>): void {
    const { log, workflow, clock } = this.#options;
    const names = Object.keys(outputs);
    const took = describeDuration(clock.monotonicMs() - this.#startMs);
    const said = names.length === 0 ? '' : `; outputs: ${names.join(', ')}`;
    log.line(`[signalbox] job ${workflow.job.id}: ${conclusion} after ${took}${said}`);
  }

  async #runSteps(): Promise<void> {
    const { steps, workflow } = this.#options;
    const { root } = this.#state;
    await Promise.race([this.#uses.lookAhead(root, workflow.job.steps), steps.whenStopped]);
    if (!this.#state.isCancelled) {
      for (const use of await usesWithPre(root, workflow.job.steps)) await this.#steps.part(use, 'pre');
    }
    for (const step of workflow.job.steps) await this.#steps.step(step);
    for (const use of [...root.begun].reverse()) if (hasPost(use)) await this.#steps.part(use, 'post');
  }

  #setUp(): void {
    const { workflow } = this.#options;
    const state = this.#state;
    for (const env of [workflow.env, workflow.job.env])
      Object.assign(state.env, evaluateTexts(env, state.evaluation(state.root, { ...state.env })));
    const evaluation = state.evaluation(state.root, state.env);
    const ofWorkflow = evaluateTexts(workflow.defaults, evaluation);
    const { shell = '', 'working-directory': workingDirectory = '' } = {
      ...ofWorkflow,
      ...evaluateTexts(workflow.job.defaults, evaluation),
    };
    state.runDefaults = { shell, workingDirectory };
  }

  #complete(): WorkflowEnd {
    const { steps, log } = this.#options;
    const state = this.#state;
    let verdict: Verdict = steps.stopped ?? this.#steps.verdict;
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
    this.#sayGoodbye(verdict, outputs);
    const { reason } = verdict;
    const masked = { ...verdict, reason: reason === null ? null : state.masks.mask(reason).slice(0, REASON_LIMIT) };
    return { verdict: masked, outputs, annotations: kept, summary: state.summary };
  }
}
