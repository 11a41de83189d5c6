import { isDeepStrictEqual } from 'node:util';
import type { RunFacts } from '../model/expansion.ts';
import type { Plan, RunNumbers, RunSettings } from '../model/plan.ts';
import type { WorkflowDefinition } from '../model/workflow.ts';
import { messageOf } from '../support/ci-error.ts';
import { describeProblems, ownDefinition, type ParsedWorkflow } from '../workflow/parse-workflow.ts';
import { runName, workflowConcurrency } from '../workflow/run-settings.ts';
import { matchTrigger, type TriggerEvent, type Triggered } from '../workflow/triggers.ts';
import type { WorkflowFile } from './workflow-files.ts';

/** What happened, as far as plans are made of it. */
export interface PlanEvent extends TriggerEvent {
  readonly sha: string;
  /** Login or name of who caused it. */
  readonly actor: string;
  /** Why its jobs may be given to nobody, in words. */
  readonly held?: string;
  /** Path of the only file that is meant; absent: all. */
  readonly only?: string;
}

/** What expressions of a plan can know of where it will run. */
export interface PlanPlace {
  readonly repository: { readonly id: number; readonly name: string };
  readonly vars: Readonly<Record<string, string>>;
  /** Where the page is. */
  readonly serverUrl: string;
}

/** What a commit whose files have nothing for an event is called. */
export const NO_WORKFLOW = 'workflows';

/**
 * What the workflow files of a commit make of an event: one plan for each that is concerned, in the order of their paths.
 * Of a push there is always one, which says why nothing runs: a commit without a verdict would look forgotten. A file
 * that cannot be read is an error of the push that brought it; it has no other events. One that can, and calls a workflow
 * that is wrong or cannot be had, is an error of the events that it is for.
 */
export async function planWorkflows(
  files: readonly WorkflowFile[],
  event: PlanEvent,
  place: PlanPlace,
): Promise<readonly Plan[]> {
  const plans: Plan[] = [];
  for (const file of files) {
    if (event.only !== undefined && file.path !== event.only) continue;
    const plan = await planOf(file, event, place);
    if (plan !== undefined) plans.push(plan);
  }
  if (plans.length > 0) return withNames(plans);
  return event.name === 'push' && event.only === undefined ? [nothing(files, event)] : [];
}

async function planOf({ path, parsed }: WorkflowFile, event: PlanEvent, place: PlanPlace): Promise<Plan | undefined> {
  const base = { path, keyRef: event.ref, jobs: [] };
  const definition = ownDefinition(parsed);
  if (definition === undefined) {
    const isMeant = event.name === 'push' || event.only === path;
    return isMeant ? { ...base, workflow: path, ...errorOf(parsed) } : undefined;
  }
  const triggered = await matchTrigger(definition, event);
  const named = { ...base, workflow: definition.name };
  switch (triggered.kind) {
    case 'none':
      return undefined;
    case 'skipped':
      return { ...named, skipped: triggered.reason };
    case 'error':
      return { ...named, error: triggered.reason };
    default:
      return { ...named, ...(errorOf(parsed) ?? settings(definition, triggered, event, place)) };
  }
}

function errorOf(parsed: ParsedWorkflow): { readonly error: string } | undefined {
  return 'problems' in parsed ? { error: describeProblems(parsed.problems) } : undefined;
}

/** What a run is called and which group it is in; an expression that cannot be evaluated is the run's error. */
function settings(
  definition: WorkflowDefinition,
  { inputs }: Extract<Triggered, { kind: 'run' }>,
  event: PlanEvent,
  place: PlanPlace,
): Partial<Plan> {
  const common = { definition, inputs, ...(event.held === undefined ? {} : { held: event.held }) };
  const ofRun = ({ id, number }: RunNumbers): RunSettings => {
    const facts: RunFacts = {
      ...{ id, number, attempt: 1, inputs, path: definition.path, workflow: definition.name },
      ...{ event: event.name, ref: event.ref, sha: event.sha, actor: event.actor, payload: event.payload },
      ...{ repository: place.repository.name, repositoryId: place.repository.id, serverUrl: place.serverUrl },
    };
    const title = runName(definition, facts, place.vars);
    const concurrency = workflowConcurrency(definition, facts, place.vars);
    return { ...(title === undefined ? {} : { title }), ...(concurrency === undefined ? {} : { concurrency }) };
  };
  try {
    const [one, other] = [ofRun({ id: 1, number: 1 }), ofRun({ id: 2, number: 2 })];
    return isDeepStrictEqual(one, other) ? { ...common, ...one } : { ...common, ofRun };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

/** Names are part of what identifies a run; GitHub lets files have the same one. */
function withNames(plans: readonly Plan[]): readonly Plan[] {
  const seen = new Set<string>();
  return plans.map((plan) => {
    const isFirst = !seen.has(plan.workflow);
    seen.add(plan.workflow);
    return isFirst ? plan : { ...plan, keyRef: `${plan.keyRef} ${plan.path}` };
  });
}

function nothing(files: readonly WorkflowFile[], { ref }: PlanEvent): Plan {
  const events = files.map(({ path, parsed }) => {
    const definition = ownDefinition(parsed);
    const names = definition === undefined ? [] : eventsOf(definition);
    return `${path.slice(path.lastIndexOf('/') + 1)} (${names.join(', ')})`;
  });
  const shown = events.length > 10 ? [...events.slice(0, 10), `and ${events.length - 10} more`] : events;
  const skipped = `no workflow file is for a push: ${shown.join(', ')}`;
  return { workflow: NO_WORKFLOW, keyRef: ref, jobs: [], skipped };
}

function eventsOf({ on }: WorkflowDefinition): readonly string[] {
  const { others, ...known } = on;
  return [...Object.keys(known), ...Object.keys(others ?? {})];
}
