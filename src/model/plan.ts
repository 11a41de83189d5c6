import type { Concurrency, Json, WorkflowDefinition, WorkflowJobSpec } from './workflow.ts';

/** What a run gets when it is stored. */
export interface RunNumbers {
  readonly id: number;
  /** Per repository. */
  readonly number: number;
}

/** What a workflow file says of the whole run. */
export interface RunSettings {
  /** What `run-name` says; absent: the commit's title. */
  readonly title?: string;
  /** The workflow's own concurrency group. */
  readonly concurrency?: Concurrency;
}

/** All that the verdict of a plan depends on, if it is the same for every commit with the same tree. Hashes are SHA-256. */
export interface VerdictParts {
  /** Id of the tree. */
  readonly tree: string;
  readonly event: string;
  /** Path of the workflow file; '' for found tests. */
  readonly path: string;
  /** Hash of the workflow with all that it calls, or of the found tests. */
  readonly work: string;
  /** Hash of the settings and variables that its jobs are told. */
  readonly settings: string;
}

/** How a plan takes over the verdict of another run with the same tree. */
export interface PlanReuse {
  /** Names its {@link VerdictParts}. */
  readonly fingerprint: string;
  readonly parts: VerdictParts;
  /** Is it to be done? Otherwise it is only counted what it would have saved. */
  readonly isOn: boolean;
}

/** What to do for one commit: the result of reading its tree. A plan with no jobs says why in `skipped` or `error`. */
export interface Plan extends RunSettings {
  /** Name of the workflow; `tests` for tests that were found without a workflow file. */
  readonly workflow: string;
  /** Path of the workflow file; absent for found tests. */
  readonly path?: string;
  /** The workflow file; then `jobs` is empty, and the jobs are those of the definition. */
  readonly definition?: WorkflowDefinition;
  /** In place of title and concurrency where they depend on the run's numbers. Pure; called when the numbers are known. */
  readonly ofRun?: (run: RunNumbers) => RunSettings;
  /** Inputs of a `workflow_dispatch`, typed and with their defaults. */
  readonly inputs?: { readonly [name: string]: Json };
  /** Absent: its verdict says nothing of another commit. */
  readonly reuse?: PlanReuse;
  /** Why its jobs are given to nobody, in words: it waits until a person says yes. */
  readonly held?: string;
  /** Part of the run's identity: empty for found tests (one verdict per commit), the ref for workflow files. */
  readonly keyRef: string;
  readonly jobs: readonly PlannedJob[];
  /** Why there is nothing to do, in words; a plan without jobs has either this or `error`. */
  readonly skipped?: string;
  /** Why the tests could not be looked for, in words: the run is completed at once, with conclusion `error`. */
  readonly error?: string;
}

/** One job of a plan. */
export interface PlannedJob {
  /** Unique in the plan; `[a-z0-9_-]+`. */
  readonly key: string;
  readonly name: string;
  /** Keys of jobs that must succeed first. */
  readonly needs: readonly string[];
  /** Labels a runner must have; empty: any runner will do. */
  readonly labels: readonly string[];
  readonly spec: JobSpec;
}

/** What a runner has to know to execute a job, apart from where the commit's objects are. */
export interface JobSpec {
  /** First line of the log: what was found and why. */
  readonly found: string;
  /** Whether the commit is checked out; without it the workspace starts empty. */
  readonly checkout: boolean;
  /** Executed in order; the first that fails ends the job. */
  readonly steps: readonly PlannedStep[];
  /** Added to the environment of every step. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables of the runner's own environment that pass (`env.pass`). */
  readonly envPass: readonly string[];
  /** Bound on the whole job. Default 60 minutes. */
  readonly timeoutMs: number;
  /** Bound on the output that is kept. Default 100 MB; what comes after is counted and thrown away. */
  readonly logLimitBytes: number;
  /** An exclusive job stops itself before its lease can be given away. */
  readonly exclusive: boolean;
  /** What installs the dependencies, and what its result depends on. */
  readonly install?: InstallPlan;
  /** A job of a workflow file; then `steps` is empty, and the steps are those of its definition. */
  readonly workflow?: WorkflowJobSpec;
  /** How often it is executed again by itself when it fails. Default 0. */
  readonly retries?: number;
  /** Paths and patterns of test reports, relative to the workspace, that are read after the last step. */
  readonly reports?: readonly string[];
}

/** One command of a job. */
export interface PlannedStep {
  readonly name: string;
  /** argv; the first is looked up on PATH (relative paths with a slash: from the step's directory). No shell is added. */
  readonly command: readonly [string, ...string[]];
  /** Relative to the workspace. Default: the workspace. */
  readonly dir?: string;
  /** Added to the environment of this step. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The step that installs dependencies. Its result (`directories`) is kept as a snapshot, keyed by the contents of
 * `keyFiles`, the output of `toolVersions`, the platform and the trust of the job, and restored instead of running it.
 */
export interface InstallPlan {
  readonly step: PlannedStep;
  /** Files in the workspace whose contents decide the result: lock file, manifest. */
  readonly keyFiles: readonly string[];
  /** Commands whose output decides it too: `node --version`. */
  readonly toolVersions: readonly (readonly [string, ...string[]])[];
  /** Folders that the step fills: `node_modules`. */
  readonly directories: readonly string[];
  /** What the step does beyond those folders (scripts of the project itself); executed after a snapshot was restored. */
  readonly afterRestore?: readonly PlannedStep[];
}

/** One entry of a commit's tree. */
export interface TreeEntry {
  readonly name: string;
  readonly kind: 'file' | 'executable' | 'directory' | 'symlink' | 'submodule';
  /** Id of its object, where the reader has one: what has the same id is the same. */
  readonly id?: string;
}

/** Reads a commit's files without a checkout. Paths are relative to the root, with `/`, no leading one. */
export interface TreeReader {
  /** Entries of a folder (`''`: the root); empty if there is no such folder. */
  list(directory: string): Promise<readonly TreeEntry[]>;
  /** Contents of a file up to 1 MiB; undefined if there is no such file, or it is larger. */
  read(path: string): Promise<string | undefined>;
  /** Where a symbolic link leads to, as it was committed; undefined if there is no such link. */
  readLink(path: string): Promise<string | undefined>;
}
