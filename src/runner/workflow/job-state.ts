import type { Annotation } from '../../model/findings.ts';
import type { Json } from '../../model/workflow.ts';
import { deferred } from '../../support/deferred.ts';
import type { EvaluationScope } from '../../workflow/expressions.ts';
import type { StepRunner } from '../step-runner.ts';
import { namesOf, withoutFolder } from '../workspace-names.ts';
import { Annotations } from './annotations.ts';
import { hashFiles } from './hash-files.ts';
import { contextVariables, runnerContext } from './job-environment.ts';
import type { MaskedLog } from './masked-log.ts';
import type { Masks } from './masker.ts';
import { Matchers } from './matchers.ts';
import type { OwnFiles } from './own-files.ts';
import { newScope, type StepScope } from './scope.ts';
import { StepFiles } from './step-files.ts';
import { HERE, type StepHost } from './step-host.ts';
import { ActionNames } from './step-names.ts';
import type { WorkflowJobOptions } from './workflow-job-options.ts';

type Mapping = { readonly [name: string]: Json };

/** Most that the summaries of all steps may be, in bytes. */
const SUMMARY_LIMIT = 4 * 1024 * 1024;

/** What the steps of one job share, and what they change for one another. */
export class JobState {
  readonly options: WorkflowJobOptions;
  readonly annotations = new Annotations();
  readonly matchers = new Matchers();
  readonly actionNames = new ActionNames();
  /** Markdown, all steps one after the other. */
  summary = '';
  /** Environment of the workflow, the job, and what steps added. */
  readonly env: Record<string, string> = {};
  /** Added before PATH; the last one comes first. */
  readonly paths: string[] = [];
  /** The root's `steps` and status are those of the job. */
  readonly root: StepScope;
  /** What of the `job` context is known beside the status: container, services. */
  readonly jobFacts: Record<string, Json> = {};
  /** Deprecated commands that were warned of. */
  readonly warned = new Set<string>();
  readonly own: OwnFiles;
  readonly files: StepFiles;
  /** Where the processes of steps run. */
  host: StepHost = HERE;
  readonly isDebug: boolean;
  /** `defaults.run`, of the job and the workflow. */
  runDefaults: { readonly shell?: string; readonly workingDirectory?: string } = {};
  /** Has a step done something that may have changed the workspace? */
  hasBegun = false;
  /** Is nothing more to be begun, whatever `if` says? */
  isOver = false;
  #interrupted = deferred<void>();
  #names = 0;
  readonly #github: Mapping;
  readonly #workspaceNames: readonly string[];
  /** The `runner` context. */
  readonly runner: Readonly<Record<string, string>>;

  constructor(options: WorkflowJobOptions, own: OwnFiles, eventPath: string) {
    this.options = options;
    this.own = own;
    this.files = new StepFiles(own);
    const { contexts, workflow, places } = options;
    this.isDebug = isOn(contexts.secrets, 'ACTIONS_STEP_DEBUG') ?? isOn(contexts.vars, 'ACTIONS_STEP_DEBUG') ?? false;
    const { workspace } = places;
    this.#workspaceNames = namesOf(workspace);
    this.runner = runnerContext({ ...places, name: options.runnerName, isDebug: this.isDebug });
    const token = contexts.secrets.GITHUB_TOKEN ?? '';
    this.#github = { ...contexts.github, token, workspace, event_path: eventPath, action_path: '', action_status: '' };
    this.root = newScope({ path: workflow.path, depth: 0, inputs: { ...contexts.inputs }, github: {} });
  }

  get log(): MaskedLog {
    return this.options.log;
  }

  get masks(): Masks {
    return this.options.log.masks;
  }

  get steps(): StepRunner {
    return this.options.steps;
  }

  get isCancelled(): boolean {
    return this.steps.stopped !== undefined;
  }

  /** Resolves when what is executed now is to end; then it has a little time. */
  get whenInterrupted(): Promise<void> {
    return Promise.race([this.#interrupted.promise, this.steps.whenKilled]);
  }

  /** Ends what is executed now, with a grace. */
  interrupt(): void {
    this.steps.interrupt();
    this.#interrupted.resolve();
  }

  /** What is executed from now on was not interrupted. */
  beginStep(): void {
    this.#interrupted = deferred();
  }

  /** May another step begin? */
  get mayGoOn(): boolean {
    return !this.isOver && !this.steps.isKilled;
  }

  /** What expressions see. `env` is that of the step, `github` what is special about it. */
  evaluation(scope: StepScope, env: Record<string, string>, github: Mapping = {}): EvaluationScope {
    const { contexts, places } = this.options;
    const { matrix, strategy, needs, vars, secrets } = contexts;
    // null where there is none, as on GitHub
    const leg = Object.keys(matrix).length === 0 ? null : matrix;
    const shared = { matrix: leg, strategy, needs, vars, runner: this.runner };
    const status = this.isCancelled ? 'cancelled' : this.root.status;
    return {
      path: scope.path,
      contexts: {
        ...shared,
        github: this.github(scope, github),
        env,
        inputs: scope.inputs,
        steps: scope.steps,
        job: { status, ...this.jobFacts },
        ...(scope.depth === 0 ? { secrets } : {}),
      },
      status: this.#status(scope),
      hashFiles: (patterns) => hashFiles(places.workspace, patterns),
    };
  }

  github(scope: StepScope, special: Mapping = {}): Mapping {
    const status = scope.depth === 0 ? '' : scope.status;
    return { ...this.#github, ...this.files.paths, ...scope.github, ...special, action_status: status };
  }

  /** The environment of a process of a step. */
  processEnv(env: Readonly<Record<string, string>>, github: Mapping): Record<string, string> {
    const { env: base, places } = this.options;
    return {
      ...base,
      ...env,
      ...contextVariables(github, this.runner),
      PATH: this.searchPath(env),
      GITHUB_WORKSPACE: places.workspace,
    };
  }

  /** Where a step with this `env` looks programs up. */
  searchPath(env: Readonly<Record<string, string>>): string {
    return [...[...this.paths].reverse(), env.PATH ?? this.options.env.PATH ?? ''].join(':');
  }

  /** A part of a file's name that no other has in this job. */
  nextName(): string {
    return String(++this.#names);
  }

  /** Markdown of one step. False: with it there would be too much. */
  addSummary(text: string): boolean {
    const summary = `${this.summary}${this.masks.mask(text).replace(/\n*$/, '')}\n`;
    // As it is sent, where a letter can take six: a result has to fit into a message.
    if (Buffer.byteLength(JSON.stringify(summary)) > SUMMARY_LIMIT) return false;
    this.summary = summary;
    return true;
  }

  /** For the steps that come, in this scope too. */
  setEnv(scope: StepScope, name: string, value: string): void {
    this.env[name] = value;
    if (Object.hasOwn(scope.env, name)) scope.env[name] = value;
  }

  addPath(folder: string): void {
    const known = this.paths.indexOf(folder);
    if (known >= 0) this.paths.splice(known, 1);
    this.paths.push(folder);
  }

  /** Keeps a remark; what it names of the workspace is named as in the repository, where people read it. */
  annotate(annotation: Annotation): void {
    const { message, title, file } = annotation;
    const shown = (text: string) => this.masks.mask(withoutFolder(text, this.#workspaceNames));
    this.annotations.add({
      ...annotation,
      message: shown(message),
      ...(title === undefined ? {} : { title: shown(title) }),
      ...(file === undefined ? {} : { file: this.masks.mask(file) }),
    });
  }

  /** An error of a step: in the log, and as an annotation. */
  error(message: string, step: number): void {
    this.log.outputLine(`##[error]${message}`);
    this.annotate({ level: 'error', message, step });
  }

  warning(message: string, step: number): void {
    this.log.outputLine(`##[warning]${message}`);
    this.annotate({ level: 'warning', message, step });
  }

  debug(message: string): void {
    if (this.isDebug) for (const line of message.split('\n')) this.log.outputLine(`##[debug]${line}`);
  }

  #status(scope: StepScope): { success: boolean; failure: boolean; cancelled: boolean } {
    const cancelled = this.isCancelled;
    const { status } = scope;
    return { success: !cancelled && status === 'success', failure: !cancelled && status === 'failure', cancelled };
  }
}

function isOn(values: Readonly<Record<string, string>>, name: string): boolean | undefined {
  const value = values[name];
  return value === undefined ? undefined : value.toLowerCase() === 'true';
}
