import type { ExpandRequest, JobScope, PlannedCall } from '../model/expansion.ts';
import type { Concurrency, InputDefinition, Json, Template, WorkflowDefinition } from '../model/workflow.ts';
import { ExpressionError } from './expression-error.ts';
import { type EvaluationScope, evaluateTemplate, firstExpression, isMapping } from './expressions.ts';
import type { JobLeg } from './job-legs.ts';
import { fullName } from './job-names.ts';
import { asBoolean, asNumber, asText, type Checked, concurrencyOf, refuse } from './value-checks.ts';

const NO_ENTRIES = { entries: [] };

/** Plans the calls of a reusable workflow that one job makes: one for each leg. */
export function planCalls(
  request: ExpandRequest,
  workflow: WorkflowDefinition,
  legs: readonly JobLeg[],
): readonly PlannedCall[] {
  const { job, scope } = request;
  const called = calledBy(workflow, job.uses ?? '');
  checkSecrets(called, request, workflow.path);
  return legs.map((leg): PlannedCall => {
    const checked = (what: string): Checked => ({ what: `${what} of job ${job.id}`, scope: leg.scope, at: job.at });
    const inputs = inputsOf(called, job.with ?? NO_ENTRIES, checked);
    const concurrency = concurrencyOfCall(job, called, inputs, checked('concurrency'));
    return {
      kind: 'call',
      key: leg.key,
      name: fullName(scope.names, leg.name),
      matrix: leg.matrix ?? {},
      strategy: leg.strategy,
      ...(concurrency === undefined ? {} : { concurrency }),
      scope: scopeOf(request, leg, inputs),
    };
  });
}

/** The group that a call waits for: that of the job which calls, or that of the called workflow. One: a call has one turn. */
function concurrencyOfCall(
  job: ExpandRequest['job'],
  called: WorkflowDefinition,
  inputs: JobScope['inputs'],
  checked: Checked,
): Concurrency | undefined {
  if (called.concurrency === undefined)
    return job.concurrency === undefined ? undefined : concurrencyOf(job.concurrency, checked);
  if (job.concurrency !== undefined) {
    const words = `has a concurrency group, and so has the workflow that it calls (${called.path}): one of them has to go`;
    throw new ExpressionError(`job ${job.id} ${words}`, { path: checked.scope.path, at: job.at });
  }
  const { github = null, vars = null } = checked.scope.contexts;
  const scope = { contexts: { github, vars, inputs }, path: called.path };
  return concurrencyOf(called.concurrency, { what: `concurrency of ${called.path}`, scope, at: job.at });
}

/** The reusable workflow that a job of this one calls. */
function calledBy(workflow: WorkflowDefinition, uses: string): WorkflowDefinition {
  const called = Object.hasOwn(workflow.calls, uses) ? workflow.calls[uses] : undefined;
  if (called === undefined) throw new ExpressionError(`the workflow ${uses} was not loaded`, { path: workflow.path });
  return called;
}

/** The workflow in which a scope stands. */
export function workflowAt(top: WorkflowDefinition, scope: JobScope): WorkflowDefinition {
  return scope.calls.reduce(calledBy, top);
}

function scopeOf({ job, scope }: ExpandRequest, leg: JobLeg, inputs: JobScope['inputs']): JobScope {
  const secrets = job.secrets ?? NO_ENTRIES;
  const reads = secrets === 'inherit' ? {} : namedContexts(secrets, leg.scope);
  const callers = [...(scope.callers ?? scope.secrets.map(() => ({}))), reads];
  return {
    calls: [...scope.calls, job.uses ?? ''],
    names: [...scope.names, leg.name],
    inputs,
    secrets: [...scope.secrets, secrets],
    ...(callers.some((one) => Object.keys(one).length > 0) ? { callers } : {}),
  };
}

/** Contexts that are gone when the secrets are evaluated, where an expression among them may name them. */
function namedContexts(template: Template, scope: EvaluationScope): { readonly [context: string]: Json } {
  const text = JSON.stringify(template);
  const named = ['inputs', 'matrix', 'strategy', 'needs'].filter((name) => new RegExp(`\\b${name}\\b`, 'i').test(text));
  return Object.fromEntries(named.map((name) => [name, (scope.contexts[name] ?? null) as Json]));
}

/** The `inputs` of the called workflow: what `with` gives, checked by type, and defaults. */
function inputsOf(called: WorkflowDefinition, given: Template, checked: (what: string) => Checked): JobScope['inputs'] {
  const definitions = Object.entries(called.on.workflow_call?.inputs ?? {});
  const entries = isMapping(given) ? given.entries : [];
  for (const [name] of entries) {
    const isKnown = definitions.some(([known]) => known.toLowerCase() === name.toLowerCase());
    if (!isKnown)
      refuse(
        `Invalid input, ${name} is not defined in the referenced workflow (${called.path})`,
        given,
        checked('with'),
      );
  }
  return Object.fromEntries(
    definitions.map(([name, definition]) => {
      const value = entries.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
      return [name, inputOf(name, definition, value, called, checked(`input ${name}`))];
    }),
  );
}

function inputOf(
  name: string,
  definition: InputDefinition,
  value: Template | undefined,
  called: WorkflowDefinition,
  checked: Checked,
): Json {
  if (value !== undefined) return typed(definition, value, checked);
  if (definition.required) refuse(`Input ${name} is required, but not provided while calling`, value, checked);
  if (definition.default === undefined)
    return { boolean: false, number: 0 }[definition.type as 'boolean' | 'number'] ?? '';
  const { github = null, vars = null, inputs = null } = checked.scope.contexts;
  return typed(definition, definition.default, {
    what: `default of ${checked.what}`,
    scope: { contexts: { github, vars, inputs }, path: called.path },
  });
}

function typed(definition: InputDefinition, template: Template, checked: Checked): Json {
  const value = evaluateTemplate(template, checked.scope);
  if (definition.type === 'boolean') return asBoolean(value, template, checked);
  return definition.type === 'number' ? asNumber(value, template, checked) : asText(value, template, checked);
}

function checkSecrets(called: WorkflowDefinition, { job }: ExpandRequest, path: string): void {
  if (job.secrets === 'inherit') return;
  const given = isMapping(job.secrets) ? job.secrets.entries.map(([name]) => name.toLowerCase()) : [];
  for (const [name, { required }] of Object.entries(called.on.workflow_call?.secrets ?? {})) {
    if (!required || given.includes(name.toLowerCase())) continue;
    const at = firstExpression(job.secrets)?.at ?? job.at;
    throw new ExpressionError(`job ${job.id}: Secret ${name} is required, but not provided while calling`, {
      path,
      at,
    });
  }
}
