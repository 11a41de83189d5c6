import type { Json, PullRequestFilter, RefFilter, Triggers, WorkflowDefinition } from '../model/workflow.ts';
import { dispatchInputs } from './dispatch-inputs.ts';
import { skipReason } from './skip-ci.ts';
import { branchReason, hasPathFilter, pathReason, pushRefReason } from './trigger-filters.ts';

/** What happened, as the filters under `on` look at it. */
export interface TriggerEvent {
  /** `push`, `pull_request` … */
  readonly name: string;
  /** Full name: `refs/heads/main`. */
  readonly ref: string;
  /** As a forge sends it, or in the same shape: `action`, `pull_request.base.ref` … are looked at. */
  readonly payload: { readonly [key: string]: Json };
  /** Of the commit; of a pull request: of its head. */
  readonly message: string;
  /** Paths that the event changed; undefined: not known, then path filters let it pass. Called only when a filter asks. */
  readonly changedPaths: () => Promise<readonly string[] | undefined>;
  /** Of `workflow_dispatch`: as they were sent. */
  readonly inputs?: { readonly [name: string]: Json };
}

/** What a workflow file makes of an event. */
export type Triggered =
  /** It has nothing to do with this event: no run. */
  | { readonly kind: 'none' }
  /** A filter said no: the run is recorded as skipped, with the filter. */
  | { readonly kind: 'skipped'; readonly reason: string }
  /** What was asked for is wrong, such as a required input that is missing. */
  | { readonly kind: 'error'; readonly reason: string }
  | { readonly kind: 'run'; readonly inputs: { readonly [name: string]: Json } };

const NONE: Triggered = { kind: 'none' };
const RUN: Triggered = { kind: 'run', inputs: {} };
/** What a pull request starts workflows for where `types` is not there. */
const PULL_REQUEST_TYPES = ['opened', 'synchronize', 'reopened'];

/**
 * Does the event start the workflow? An event that is not under `on`, or whose activity is not among its `types`, is
 * `none`; filters of branches, tags and paths, and `[skip ci]`, give `skipped` with the reason in words.
 */
export async function matchTrigger(definition: WorkflowDefinition, event: TriggerEvent): Promise<Triggered> {
  const { on } = definition;
  switch (event.name) {
    case 'push':
      return on.push === undefined ? NONE : matchPush(on.push, event);
    case 'pull_request':
    case 'pull_request_target': {
      const filter = on[event.name];
      return filter === undefined ? NONE : matchPullRequest(filter, event);
    }
    case 'workflow_dispatch':
      return on.workflow_dispatch === undefined ? NONE : dispatch(on.workflow_dispatch, event);
    case 'schedule':
      return matchSchedule(on.schedule, event);
    case 'workflow_run':
      return on.workflow_run === undefined ? NONE : matchWorkflowRun(on.workflow_run, event);
    case 'repository_dispatch':
      return matchTypes(on.repository_dispatch, event);
    case 'workflow_call': // called by a job, never by an event
      return NONE;
    default:
      return matchOther(Object.hasOwn(on.others ?? {}, event.name) ? on.others?.[event.name] : undefined, event);
  }
}

async function matchPush(filter: RefFilter, event: TriggerEvent): Promise<Triggered> {
  if (event.payload.deleted === true) return NONE;
  const isTag = event.ref.startsWith('refs/tags/');
  const reason = pushRefReason(filter, event.ref) ?? skipReason(event.message);
  // GitHub does not look at the paths of tags
  return reason === undefined && !isTag ? matchPaths(filter, event) : skippedOr(reason, RUN);
}

async function matchPullRequest(filter: PullRequestFilter, event: TriggerEvent): Promise<Triggered> {
  if (!hasType(filter.types ?? PULL_REQUEST_TYPES, event)) return NONE;
  const base = textAt(event.payload, 'pull_request', 'base', 'ref');
  const skip = event.name === 'pull_request' ? skipReason(event.message) : undefined;
  const reason = (base === '' ? undefined : branchReason(event.name, filter, base, 'the base')) ?? skip;
  return reason === undefined ? matchPaths(filter, event) : skippedOr(reason, RUN);
}

async function matchPaths(filter: RefFilter, event: TriggerEvent): Promise<Triggered> {
  if (!hasPathFilter(filter)) return RUN;
  const changed = await event.changedPaths();
  return skippedOr(changed === undefined ? undefined : pathReason(event.name, filter, changed), RUN);
}

function dispatch(on: NonNullable<Triggers['workflow_dispatch']>, event: TriggerEvent): Triggered {
  const result = dispatchInputs(on.inputs, event.inputs ?? {});
  return 'error' in result ? { kind: 'error', reason: result.error } : { kind: 'run', inputs: result.inputs };
}

function matchSchedule(schedule: Triggers['schedule'], event: TriggerEvent): Triggered {
  if (schedule === undefined) return NONE;
  const cron = event.payload.schedule;
  return typeof cron !== 'string' || schedule.some((line) => line.cron === cron) ? RUN : NONE;
}

function matchWorkflowRun(on: NonNullable<Triggers['workflow_run']>, event: TriggerEvent): Triggered {
  const name = textAt(event.payload, 'workflow_run', 'name') || textAt(event.payload, 'workflow', 'name');
  if (!on.workflows.includes(name) || !hasType(on.types, event)) return NONE;
  const branch = textAt(event.payload, 'workflow_run', 'head_branch');
  return skippedOr(branch === '' ? undefined : branchReason('workflow_run', on, branch, 'the branch'), RUN);
}

function matchOther(on: NonNullable<Triggers['others']>[string] | undefined, event: TriggerEvent): Triggered {
  if (on === undefined || !hasType(on.types, event)) return NONE;
  const base = textAt(event.payload, event.name, 'base_ref').replace(/^refs\/heads\//, '');
  return skippedOr(base === '' ? undefined : branchReason(event.name, on, base, 'the base'), RUN);
}

function matchTypes(on: { readonly types?: readonly string[] } | undefined, event: TriggerEvent): Triggered {
  return on !== undefined && hasType(on.types, event) ? RUN : NONE;
}

function hasType(types: readonly string[] | undefined, event: TriggerEvent): boolean {
  const action = event.payload.action;
  return types === undefined || typeof action !== 'string' || types.includes(action);
}

function skippedOr(reason: string | undefined, otherwise: Triggered): Triggered {
  return reason === undefined ? otherwise : { kind: 'skipped', reason };
}

function textAt(payload: { readonly [key: string]: Json }, ...keys: readonly string[]): string {
  let value: Json | undefined = payload;
  for (const key of keys) value = valueAt(value, key);
  return typeof value === 'string' ? value : '';
}

function valueAt(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, key))
    return undefined;
  return (value as { readonly [key: string]: Json })[key];
}
