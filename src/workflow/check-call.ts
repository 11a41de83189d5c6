import type { InputDefinition, JobDefinition, Place, Template, WorkflowDefinition } from '../model/workflow.ts';
import { nearest } from '../support/nearest.ts';
import type { CallPlaces } from './token-template.ts';
import { quote, type WorkflowProblem } from './workflow-problem.ts';

/** What is wrong with a call: inputs and secrets that the called workflow does not know, or needs, or has otherwise. */
export function callProblems(
  path: string,
  job: JobDefinition,
  at: CallPlaces,
  called: WorkflowDefinition,
): readonly WorkflowProblem[] {
  const problems: WorkflowProblem[] = [];
  const add = (message: string, place: Place | undefined) => problems.push({ message, path, at: place ?? at.uses });
  const takes = called.on.workflow_call;
  if (takes === undefined) {
    add(`the workflow ${called.path} cannot be called: workflow_call is not under its 'on'`, at.uses);
    return problems;
  }
  const inputs = entriesOf(job.with);
  checkNames('input', inputs, takes.inputs, at.with, called.path, add);
  for (const [name, value] of inputs) {
    const wrong = typeProblem(find(takes.inputs, name), value);
    if (wrong !== undefined) add(`the input ${quote(name)} of ${called.path} is ${wrong}`, at.with.get(name));
  }
  if (job.secrets === 'inherit') return problems;
  checkNames('secret', entriesOf(job.secrets), takes.secrets, at.secrets, called.path, add);
  return problems;
}

type Entries = readonly (readonly [name: string, value: Template])[];

function checkNames(
  kind: 'input' | 'secret',
  given: Entries,
  known: Readonly<Record<string, { readonly required: boolean }>>,
  places: ReadonlyMap<string, Place>,
  path: string,
  add: (message: string, place: Place | undefined) => void,
): void {
  const names = Object.keys(known);
  for (const [name] of given) {
    if (find(known, name) !== undefined) continue;
    const near = nearest(name, names);
    const none = names.length === 0 ? `it has none` : `it has ${names.join(', ')}`;
    const hint = near === undefined ? none : `did you mean '${near}'?`;
    add(`${path} has no ${kind} ${quote(name)}; ${hint}`, places.get(name));
  }
  const present = new Set(given.map(([name]) => name.toLowerCase()));
  for (const [name, { required }] of Object.entries(known)) {
    // a default does not help: GitHub wants what is required to be passed
    if (required && !present.has(name.toLowerCase())) {
      add(`${path} needs the ${kind} ${quote(name)}, and it is not passed`, undefined);
    }
  }
}

/** Literals only: what an expression gives is known when the job is expanded. */
function typeProblem(input: InputDefinition | undefined, value: Template): string | undefined {
  if (typeof value === 'object' && value !== null) return undefined;
  if (input?.type === 'boolean' && typeof value !== 'boolean') return `a boolean: true or false, without quotes`;
  if (input?.type === 'number' && typeof value !== 'number') return `a number, without quotes`;
  return undefined;
}

function find<T>(known: Readonly<Record<string, T>>, name: string): T | undefined {
  const key = Object.keys(known).find((one) => one.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : known[key];
}

function entriesOf(template: JobDefinition['with'] | JobDefinition['secrets']): Entries {
  const isMapping = typeof template === 'object' && template !== null && 'entries' in template;
  return isMapping && Array.isArray(template.entries) ? template.entries : [];
}
