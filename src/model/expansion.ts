import type { JobSpec } from './plan.ts';
import type { Concurrency, JobDefinition, Json, Need, NeedResult, Template, WorkflowDefinition } from './workflow.ts';

/** What is known of a run: the `github` context is made of it, when jobs are expanded and when they are leased. */
export interface RunFacts {
  readonly id: number;
  readonly number: number;
  readonly attempt: number;
  /** `owner/name`. */
  readonly repository: string;
  readonly repositoryId: number;
  /** Name and path of the workflow. */
  readonly workflow: string;
  readonly path: string;
  readonly event: string;
  readonly ref: string;
  readonly sha: string;
  /** Who caused it: login or name. */
  readonly actor: string;
  /** The event's payload, as a forge sends it, or in the same shape. */
  readonly payload: { readonly [key: string]: Json };
  /** Inputs of `workflow_dispatch`, typed; empty otherwise. */
  readonly inputs: { readonly [name: string]: Json };
  /** Where the page is: `http://127.0.0.1:8080`. */
  readonly serverUrl: string;
  /** Why it is executed, if nobody asked for it: this program wants to know something. */
  readonly purpose?: string;
}

/** Where a job stands: at the top of the workflow that runs, or in a reusable one that a job calls. JSON. */
export interface JobScope {
  /** Texts of `uses` from the top to the workflow that holds the job; empty at the top. */
  readonly calls: readonly string[];
  /** Names of the calling jobs, for names: `deploy / build`. */
  readonly names: readonly string[];
  /** The `inputs` context. */
  readonly inputs: { readonly [name: string]: Json };
  /**
   * How its secrets are called one level up: `inherit` passes all; a mapping of name to template is evaluated with the
   * caller's own secrets when the job is leased. Absent at the top. From the top to the workflow that holds the job.
   */
  readonly secrets: readonly ('inherit' | Template)[];
  /**
   * What each of `secrets` reads besides secrets: those of `inputs`, `matrix`, `strategy` and `needs` of the calling job
   * that it names. Absent: none reads any.
   */
  readonly callers?: readonly { readonly [context: string]: Json }[];
}

/** What expanding a job needs to know: its definition, and everything that is decided already. */
export interface ExpandRequest {
  readonly definition: WorkflowDefinition;
  /** Of the workflow that `scope` leads to. */
  readonly job: JobDefinition;
  readonly scope: JobScope;
  readonly run: RunFacts;
  readonly vars: Readonly<Record<string, string>>;
  /** Direct needs only, by id. */
  readonly needs: Readonly<Record<string, Need>>;
  /** Results of all jobs that come before it, direct or not: what the status functions look at. */
  readonly ancestors: readonly NeedResult[];
  readonly isCancelled: boolean;
}

/** What became of a job definition when everything it waits for was decided. */
export type Expansion =
  | { readonly kind: 'skip'; readonly reason: string }
  /** In words, with file, line and column: the job is completed with conclusion `error`. */
  | { readonly kind: 'error'; readonly reason: string }
  | {
      readonly kind: 'jobs';
      readonly legs: readonly (PlannedLeg | PlannedCall)[];
      readonly failFast: boolean;
      /** Null: as many as there are slots. */
      readonly maxParallel: number | null;
    };

interface Leg {
  /** Unique in its scope: `build`, or `build (20, ubuntu-latest)` for legs of a matrix. */
  readonly key: string;
  /** As people see it, callers included: `deploy / build (20)`. At most 200 characters. */
  readonly name: string;
  /** The `matrix` and `strategy` contexts. */
  readonly matrix: { readonly [name: string]: Json };
  readonly strategy: { readonly [name: string]: Json };
  readonly concurrency?: Concurrency;
}

/** One job for a runner. */
export interface PlannedLeg extends Leg {
  readonly kind: 'job';
  /** Labels a runner must have; empty: any runner will do. */
  readonly labels: readonly string[];
  /** Its failure does not fail the run, and what needs it goes on. */
  readonly continueOnError: boolean;
  /** Name of its environment: it decides on secrets, and makes the job exclusive. */
  readonly environment?: string;
  /** Why it ends at once instead of being given to a runner: a label that is mapped to `skip`. */
  readonly skip?: string;
  /** The same for all legs of a matrix where possible: it is stored once. */
  readonly spec: JobSpec;
}

/** One call of a reusable workflow; its jobs become jobs of the run. */
export interface PlannedCall extends Leg {
  readonly kind: 'call';
  /** Of the jobs in it. */
  readonly scope: JobScope;
}

/** Expands definitions; pure, so that it can be called in a transaction. Made in `src/workflow`. */
export interface Expander {
  expand(request: ExpandRequest): Expansion;
  /** Outputs of a call whose jobs are over: `jobs` has their results and outputs. An error is words with a place. */
  callOutputs(
    called: WorkflowDefinition,
    facts: Pick<ExpandRequest, 'run' | 'vars'> & {
      readonly scope: JobScope;
      readonly jobs: Readonly<Record<string, Need>>;
    },
  ): { readonly outputs: Readonly<Record<string, string>> } | { readonly error: string };
}

/** A workflow's job as it stands in its run, when it is about to be executed. */
export interface JobInRun {
  readonly run: RunFacts;
  /** Id of its definition. */
  readonly job: string;
  readonly scope: JobScope;
  readonly matrix: { readonly [name: string]: Json };
  readonly strategy: { readonly [name: string]: Json };
  /** Direct needs only. */
  readonly needs: Readonly<Record<string, Need>>;
  readonly environment?: string;
}
