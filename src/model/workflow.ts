import type { Conclusion } from './conclusion.ts';

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** A place in a workflow file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** An expression that is evaluated later, without its `${{ }}`; a text with several became one `format(…)`. */
export interface Expression {
  readonly expr: string;
  readonly at: Place;
  /** Beginning of the text with several, as it was written; at most 200 characters. */
  readonly text?: string;
}

/** A mapping whose values may be expressions; in the order of the file. */
export interface TemplateMapping {
  readonly entries: readonly (readonly [key: string, value: Template])[];
}

/** A value of a workflow file as it was written: literals as themselves, expressions to be evaluated. JSON. */
export type Template = null | boolean | number | string | Expression | TemplateMapping | readonly Template[];

/** A workflow file that was read and holds no error. JSON; the same for all commits that have this file. */
export interface WorkflowDefinition {
  /** `.github/workflows/ci.yml`; of a remote one `owner/repo/.github/workflows/ci.yml@ref`. */
  readonly path: string;
  /** Its `name`, or its path. */
  readonly name: string;
  readonly runName?: Template;
  readonly on: Triggers;
  readonly env?: Template;
  /** The mapping under `defaults.run`: `shell`, `working-directory`. */
  readonly defaults?: Template;
  readonly permissions?: Template;
  readonly concurrency?: Template;
  /** In the order of the file. */
  readonly jobs: readonly JobDefinition[];
  /** Reusable workflows that jobs call, by the text of their `uses`; calls of calls stand in the called one's own. */
  readonly calls: Readonly<Record<string, WorkflowDefinition>>;
  /** What GitHub does with this file and this program does not: shown with the run, each in words. */
  readonly differences: readonly string[];
}

/** Which events start a workflow; filters are GitHub's patterns as they were written. */
export interface Triggers {
  readonly push?: RefFilter;
  readonly pull_request?: PullRequestFilter;
  readonly pull_request_target?: PullRequestFilter;
  readonly workflow_dispatch?: { readonly inputs: Readonly<Record<string, InputDefinition>> };
  readonly workflow_call?: CallInterface;
  /** `timezone`: as written; absent: UTC. */
  readonly schedule?: readonly { readonly cron: string; readonly timezone?: string; readonly at: Place }[];
  readonly workflow_run?: {
    readonly workflows: readonly string[];
    readonly types?: readonly string[];
    readonly branches?: readonly string[];
    readonly branchesIgnore?: readonly string[];
  };
  readonly repository_dispatch?: { readonly types?: readonly string[] };
  /** Every other event by its name, with its `types`; `merge_group` has branches too, those that it merges into. */
  readonly others?: Readonly<
    Record<string, Pick<PullRequestFilter, 'branches' | 'branchesIgnore'> & { readonly types?: readonly string[] }>
  >;
}

/** Filters of `push`; those that are absent let everything pass. */
export interface RefFilter {
  readonly branches?: readonly string[];
  readonly branchesIgnore?: readonly string[];
  readonly tags?: readonly string[];
  readonly tagsIgnore?: readonly string[];
  readonly paths?: readonly string[];
  readonly pathsIgnore?: readonly string[];
}

/** Filters of `pull_request`; branches are those of its base. */
export interface PullRequestFilter extends Omit<RefFilter, 'tags' | 'tagsIgnore'> {
  /** Default: opened, synchronize, reopened. */
  readonly types?: readonly string[];
}

/** One input of `workflow_dispatch` or `workflow_call`. */
export interface InputDefinition {
  readonly type: 'string' | 'boolean' | 'number' | 'choice' | 'environment';
  readonly description?: string;
  readonly required: boolean;
  readonly default?: Template;
  readonly options?: readonly string[];
}

/** What a reusable workflow takes and gives. */
export interface CallInterface {
  readonly inputs: Readonly<Record<string, InputDefinition>>;
  readonly secrets: Readonly<Record<string, { readonly required: boolean }>>;
  /** Evaluated with the `jobs` context when its jobs are over. */
  readonly outputs: Readonly<Record<string, Template>>;
}

/** One entry under `jobs`. */
export interface JobDefinition {
  readonly id: string;
  readonly at: Place;
  readonly name?: Template;
  /** Ids of jobs of the same file. */
  readonly needs: readonly string[];
  /** With a status function in it always (`success() && (…)` was added where there was none). */
  readonly if: Expression;
  readonly runsOn?: Template;
  readonly environment?: Template;
  readonly concurrency?: Template;
  /** The mapping under `strategy`: `matrix`, `fail-fast`, `max-parallel`; or an expression. */
  readonly strategy?: Template;
  readonly outputs?: Template;
  readonly env?: Template;
  readonly defaults?: Template;
  readonly timeoutMinutes?: Template;
  readonly continueOnError?: Template;
  readonly container?: Template;
  readonly services?: Template;
  readonly permissions?: Template;
  readonly steps: readonly StepDefinition[];
  /** A call of a reusable workflow has this and no steps. */
  readonly uses?: string;
  readonly with?: Template;
  readonly secrets?: 'inherit' | Template;
}

/** One step, of a job or of a composite action. Has either `run` or `uses`. */
export interface StepDefinition {
  /** As written; absent: it has none, and no context knows it. */
  readonly id?: string;
  readonly at: Place;
  readonly name?: Template;
  /** With a status function in it always. */
  readonly if: Expression;
  readonly run?: Template;
  readonly uses?: string;
  readonly shell?: Template;
  readonly workingDirectory?: Template;
  readonly with?: Template;
  readonly env?: Template;
  readonly continueOnError?: Template;
  readonly timeoutMinutes?: Template;
}

/** A concurrency group, evaluated. */
export interface Concurrency {
  readonly group: string;
  readonly cancelInProgress: boolean;
  /** `queue: max`: those that wait keep their places in the line. Otherwise a newer one takes the place of the one that is next. */
  readonly isLine?: boolean;
}

/** How a job, or a whole matrix, ended, as `needs` sees it: `error` and `timed_out` read as `failure`. */
export type NeedResult = 'success' | 'failure' | 'cancelled' | 'skipped';

/** One entry of the `needs` context. */
export interface Need {
  readonly result: NeedResult;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The part of a job's spec that comes from a workflow file. JSON; the same for all legs and all commits of a file. */
export interface WorkflowJobSpec {
  readonly path: string;
  readonly job: JobDefinition;
  /** `env` and `defaults.run` of the workflow file. */
  readonly env?: Template;
  readonly defaults?: Template;
  readonly actions: ActionSettings;
}

/** Where actions come from, as the server is configured. */
export interface ActionSettings {
  /** Remote ones are fetched from `<server>/<owner>/<repo>`. Default `https://github.com`. */
  readonly server: string;
  /** Patterns of `owner/repo` that may be used; empty: all. Built-in ones may always be. */
  readonly allow: readonly string[];
  /** Only a full commit id is taken as a version. */
  readonly pinned: boolean;
  /** May `setup-*` take the nearest version where the wanted one cannot be had? */
  readonly nearestVersion: boolean;
}

/** What one execution of a workflow's job is told beyond its spec; sent with the lease, never stored. */
export interface JobContexts {
  /** `github` without what only the runner knows (workspace, event_path, action …); `event` is in it. */
  readonly github: { readonly [name: string]: Json };
  readonly inputs: { readonly [name: string]: Json };
  readonly matrix: { readonly [name: string]: Json };
  readonly strategy: { readonly [name: string]: Json };
  readonly needs: Readonly<Record<string, Need>>;
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/** `error` and `timed_out` read as `failure`: what expressions know of a conclusion. */
export function needResult(conclusion: Conclusion): NeedResult {
  return conclusion === 'error' || conclusion === 'timed_out' ? 'failure' : conclusion;
}
