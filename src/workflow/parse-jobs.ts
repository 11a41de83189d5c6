import { MappingToken, type TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { JobDefinition, Place } from '../model/workflow.ts';
import { checkNeeds } from './check-needs.ts';
import { idProblem } from './ids.ts';
import { conditionOf } from './parse-condition.ts';
import { stepsOf } from './parse-steps.ts';
import { type Entry, entriesOf, fieldsOf, optional, placeOf, type Reading, textOf, textsOf } from './token-template.ts';
import { checkCall } from './uses.ts';

/** The jobs of a workflow file in its order; ids, needs and calls are checked. */
export function jobsOf(reading: Reading, token: TemplateToken): readonly JobDefinition[] {
  const entries = entriesOf(reading, token);
  if (entries.length === 0) reading.problems.add('a workflow needs at least one job', placeOf(token));
  const needs = entries.map((entry) => {
    const fields = fieldsOf(reading, entry.value);
    return { id: entry.key, at: entry.keyAt, needs: textsOf(fields.get('needs')?.value) };
  });
  const resolved = checkNeeds(needs, reading.problems);
  return entries.flatMap((entry) => {
    const wrong = idProblem(entry.key);
    if (wrong !== undefined) reading.problems.add(wrong, entry.keyAt);
    return entry.value instanceof MappingToken ? [jobOf(reading, entry, resolved.get(entry.key) ?? [])] : [];
  });
}

function jobOf(reading: Reading, { key: id, keyAt: at, value }: Entry, needs: readonly string[]): JobDefinition {
  const fields = fieldsOf(reading, value);
  const name = fields.get('name');
  const job: JobDefinition = {
    id,
    at,
    ...(name === undefined || textOf(name.value) === ''
      ? expressionName(reading, name)
      : optional(reading, 'name', name)),
    needs,
    if: conditionOf(reading, fields.get('if')?.value, at),
    ...optional(reading, 'runsOn', fields.get('runs-on')),
    ...optional(reading, 'environment', fields.get('environment')),
    ...optional(reading, 'concurrency', fields.get('concurrency')),
    ...optional(reading, 'strategy', fields.get('strategy')),
    ...optional(reading, 'outputs', fields.get('outputs')),
    ...optional(reading, 'env', fields.get('env')),
    ...optional(reading, 'defaults', runDefaults(reading, fields.get('defaults'))),
    ...optional(reading, 'timeoutMinutes', fields.get('timeout-minutes')),
    ...optional(reading, 'continueOnError', fields.get('continue-on-error')),
    ...optional(reading, 'container', fields.get('container')),
    ...optional(reading, 'services', fields.get('services')),
    ...optional(reading, 'permissions', fields.get('permissions')),
    ...callOf(reading, fields),
    steps: stepsOf(reading, fields.get('steps')?.value),
  };
  checkWork(reading, job, fields, at);
  return job;
}

/** An empty name is as good as none; an expression is one. */
function expressionName(reading: Reading, name: Entry | undefined) {
  return name?.value.isExpression === true ? optional(reading, 'name', name) : {};
}

/** The mapping under `defaults.run`. */
export function runDefaults(reading: Reading, defaults: Entry | undefined): Entry | undefined {
  return fieldsOf(reading, defaults?.value).get('run');
}

function callOf(reading: Reading, fields: ReadonlyMap<string, Entry>): Partial<JobDefinition> {
  const uses = fields.get('uses');
  if (uses === undefined) return {};
  checkCall(reading, uses);
  const secrets = fields.get('secrets');
  return {
    uses: textOf(uses.value),
    ...optional(reading, 'with', fields.get('with')),
    ...(secrets === undefined ? {} : secretsOf(reading, secrets)),
  };
}

function secretsOf(reading: Reading, secrets: Entry): Pick<JobDefinition, 'secrets'> {
  if (textOf(secrets.value) === 'inherit') return { secrets: 'inherit' };
  return optional(reading, 'secrets', secrets);
}

function checkWork(reading: Reading, job: JobDefinition, fields: ReadonlyMap<string, Entry>, at: Place): void {
  if (job.uses === undefined && job.steps.length === 0) {
    reading.problems.add(`the job '${job.id}' has no steps, and calls no workflow with 'uses'`, at);
  }
  for (const [name, entry] of fields) {
    if (name === 'container' || name === 'services') checkImages(reading, name, entry);
  }
}

function checkImages(reading: Reading, name: 'container' | 'services', entry: Entry): void {
  const containers = name === 'container' ? [entry] : entriesOf(reading, entry.value);
  for (const { value } of containers) {
    if (!(value instanceof MappingToken)) continue;
    if (!fieldsOf(reading, value).has('image')) reading.problems.add("the key 'image' is missing here", placeOf(value));
  }
}
