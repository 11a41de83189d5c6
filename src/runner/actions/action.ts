import type { ActionSettings, Expression, StepDefinition, Template } from '../../model/workflow.ts';
import { CiError } from '../../support/ci-error.ts';
import type { BuiltinAction } from '../builtin/builtin.ts';

/** An action cannot be had, or what its manifest says cannot be executed: the step's conclusion is `error`. */
export class ActionError extends CiError {
  override readonly name = 'ActionError';
  readonly code = 'E_ACTION';
}

/** One input of an action. */
export interface ActionInput {
  readonly required: boolean;
  /** Evaluated with the contexts that GitHub allows there: `github`, `runner`, `env`, `matrix`, `inputs` … */
  readonly default?: Template;
  /** Shown as a warning when the input is used. */
  readonly deprecation?: string;
}

/** What an `action.yml` says for all kinds of actions. */
export interface ActionManifest {
  readonly name: string;
  /** By name as written; names are compared without regard to case. */
  readonly inputs: Readonly<Record<string, ActionInput>>;
  /** `value` is there for composite actions only: evaluated with `steps` when its steps are over. */
  readonly outputs: Readonly<Record<string, { readonly value?: Template }>>;
}

/** When the steps around the main one are executed; `always()` if the manifest does not say. */
interface Around {
  readonly preIf: Expression;
  readonly postIf: Expression;
}

/** Part of this program: `action` does it, no process of an action is started. It has no `pre`. */
export interface BuiltinResolved extends Around {
  readonly kind: 'builtin';
  /** `actions/checkout`. */
  readonly name: string;
  readonly action: BuiltinAction;
  readonly manifest: ActionManifest;
}

/** A JavaScript action: files to be run by the Node at hand. */
export interface NodeResolved extends Around {
  readonly kind: 'node';
  /** Where its `action.yml` is; absolute. */
  readonly folder: string;
  readonly manifest: ActionManifest;
  /** Absolute paths; they exist. */
  readonly main: string;
  readonly pre?: string;
  readonly post?: string;
  /** `node20`, as written. */
  readonly using: string;
}

/** Steps that are executed in place of the one that uses it. */
export interface CompositeResolved {
  readonly kind: 'composite';
  readonly folder: string;
  readonly manifest: ActionManifest;
  /** Path of the manifest, for the places of its expressions. */
  readonly path: string;
  readonly steps: readonly StepDefinition[];
}

/** An image to be run, by its name or from a Dockerfile. */
export interface DockerResolved extends Around {
  readonly kind: 'docker';
  /** Where its `action.yml` is; absent for `uses: docker://image`. */
  readonly folder?: string;
  readonly manifest: ActionManifest;
  readonly path: string;
  readonly image: { readonly name: string } | { readonly dockerfile: string };
  readonly entrypoint?: string;
  readonly preEntrypoint?: string;
  readonly postEntrypoint?: string;
  /** Evaluated with `inputs` before it runs; absent: what `with.args` says. */
  readonly args?: readonly Template[];
  readonly env?: Template;
}

/** What a `uses` leads to. */
export type ResolvedAction = BuiltinResolved | NodeResolved | CompositeResolved | DockerResolved;

/** Where the actions of one job are looked for. */
export interface ActionPlaces {
  /** `./path` is looked up here, also in composite actions, as on GitHub. */
  readonly workspace: string;
  /** Folder where remote ones are kept, shared by the runners of this machine. */
  readonly cache: string;
  readonly settings: ActionSettings;
  /** Says in the job's log what was fetched. */
  readonly log: (line: string) => void;
  /** What this job has resolved already, by `owner/repo@ref`; empty when it begins, filled here. */
  readonly commits: Map<string, Promise<string>>;
  /** Has the job any secret that could be a token of the forge? Default: true. */
  readonly hasToken?: boolean;
}

/** The name and folder of the action's repository, for `github.action_repository` and `action_ref`; undefined for others. */
export function remoteParts(
  uses: string,
): { owner: string; repository: string; path: string; ref: string } | undefined {
  const [, owner = '', repository = '', path = '', ref = ''] = REMOTE.exec(uses) ?? [];
  return ref === '' ? undefined : { owner, repository, path: path.replace(/^\/+|\/+$/g, ''), ref };
}

const REMOTE = /^([A-Za-z0-9][\w.-]*)\/([\w.-]+)((?:\/[^@]*)?)@(.+)$/;
