import { MappingToken, SequenceToken, type TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { JobDefinition, Place } from '../model/workflow.ts';
import { checkNeeds } from './check-needs.ts';
import { idProblem } from './ids.ts';
import { conditionOf } from './parse-condition.ts';
import { stepsOf } from './parse-steps.ts';
import { type Entry, entriesOf, fieldsOf, optional, placeOf, type Reading, textOf, textsOf } from './token-template.ts';
import { checkCall, checkConcurrency } from './uses.ts';

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
    ...callOf(reading, id, fields),
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

function callOf(reading: Reading, id: string, fields: ReadonlyMap<string, Entry>): Partial<JobDefinition> {
  const uses = fields.get('uses');
  if (uses === undefined) return {};
  checkCall(reading, uses);
  const secrets = fields.get('secrets');
  const places = (entry: Entry | undefined) =>
    new Map(entriesOf(reading, entry?.value).map(({ key, value }) => [key, placeOf(value)]));
  const at = { uses: placeOf(uses.value), with: places(fields.get('with')), secrets: places(secrets) };
  reading.calls.set(id, at);
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
  for (const [name, { value }] of fields) {
    if (name === 'container') checkImage(reading, value);
    if (name === 'concurrency') checkConcurrency(reading, value);
    if (name === 'strategy') checkMatrix(reading, fieldsOf(reading, value).get('matrix')?.value);
  }
}

/** What depends on an expression is known when the job is expanded; without an image there is no container. */
function checkImage(reading: Reading, container: TemplateToken): void {
  if (!(container instanceof MappingToken) || hasExpression(container)) return;
  const image = fieldsOf(reading, container).get('image');
  if (textOf(image?.value) === '') reading.problems.add("the container has no 'image'", placeOf(container));
}

/** A list of a matrix that is written out and empty can never give a job. */
function checkMatrix(reading: Reading, matrix: TemplateToken | undefined): void {
  if (!(matrix instanceof MappingToken)) return;
  const entries = entriesOf(reading, matrix);
  for (const { key, value } of entries) {
    if (key === 'include' || key === 'exclude' || !(value instanceof SequenceToken) || value.count > 0) continue;
    reading.problems.add(`the list '${key}' of the matrix is empty`, placeOf(value));
  }
  const gives = entries.some(({ key, value }) => {
    return key !== 'exclude' && (key !== 'include' || !(value instanceof SequenceToken) || value.count > 0);
  });
  if (!gives) reading.problems.add('the matrix has no list of values', placeOf(matrix));
}

function hasExpression(token: TemplateToken): boolean {
  if (token instanceof MappingToken)
    return [...token].some(({ key, value }) => key.isExpression || hasExpression(value));
  return token instanceof SequenceToken ? [...token].some(hasExpression) : token.isExpression;
}
