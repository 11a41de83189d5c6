import type { Concurrency, Json, Place, Template } from '../model/workflow.ts';
import { ExpressionError } from './expression-error.ts';
import { jsonText, kindOf } from './expression-values.ts';
import { type EvaluationScope, evaluateTemplate, firstExpression } from './expressions.ts';

/** One value of a job or workflow that is evaluated and checked; messages name it and its place. */
export interface Checked {
  /** `timeout-minutes of job build` */
  readonly what: string;
  readonly scope: EvaluationScope;
  /** Used where the value holds no expression, which knows its place better. */
  readonly at?: Place;
}

/** Raises an error about a value, with the place of its first expression if it has one. */
export function refuse(words: string, template: Template | undefined, { what, scope, at }: Checked): never {
  const place = firstExpression(template)?.at ?? at;
  throw new ExpressionError(`${what}: ${words}`, { path: scope.path, ...(place === undefined ? {} : { at: place }) });
}

/** A value that has to be true or false: a text is neither, as on GitHub. */
export function booleanOf(template: Template, checked: Checked): boolean {
  return asBoolean(evaluateTemplate(template, checked.scope), template, checked);
}

/** The same of a value that is evaluated already. */
export function asBoolean(value: Json, template: Template, checked: Checked): boolean {
  if (typeof value === 'boolean') return value;
  return refuse(
    `it has to be true or false, not ${kindOf(value)}${hint(value, /^(?:true|false)$/)}`,
    template,
    checked,
  );
}

/** A value that has to be a number: a text is none, as on GitHub. */
export function numberOf(template: Template, checked: Checked): number {
  return asNumber(evaluateTemplate(template, checked.scope), template, checked);
}

/** The same of a value that is evaluated already. */
export function asNumber(value: Json, template: Template, checked: Checked): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return refuse(`it has to be a number, not ${kindOf(value)}${hint(value, /^\d+(?:\.\d+)?$/)}`, template, checked);
}

/** A value that has to be a text; true, false and numbers become one. */
export function asText(value: Json, template: Template, checked: Checked): string {
  if (value === null || typeof value !== 'object') return jsonText(value);
  return refuse(`it has to be a text, not ${kindOf(value)}`, template, checked);
}

/** A value that has to be a mapping. */
export function asMapping(value: Json, template: Template, checked: Checked): { readonly [name: string]: Json } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as { readonly [name: string]: Json };
  return refuse(`it has to be a mapping, not ${kindOf(value)}`, template, checked);
}

/** GitHub's limit. */
const MAX_GROUP_CHARACTERS = 400;

/** `concurrency`: the name of a group, or a mapping of `group` and `cancel-in-progress`. */
export function concurrencyOf(template: Template, checked: Checked): Concurrency {
  const value = evaluateTemplate(template, checked.scope);
  const mapping = typeof value === 'object' ? asMapping(value, template, checked) : { group: value };
  const group = asText(mapping.group ?? null, template, checked);
  if (group === '') refuse('Concurrency group name cannot be empty', template, checked);
  if (group.length > MAX_GROUP_CHARACTERS) {
    refuse(`Concurrency group name must be less than ${MAX_GROUP_CHARACTERS} characters`, template, checked);
  }
  const cancel = mapping['cancel-in-progress'] ?? false;
  const cancelInProgress = asBoolean(cancel, template, { ...checked, what: `cancel-in-progress of ${checked.what}` });
  if (mapping.queue !== 'max') return { group, cancelInProgress };
  if (cancelInProgress) refuse(NO_LINE, template, checked);
  return { group, cancelInProgress, isLine: true };
}

/** What is cancelled does not wait in a line. */
export const NO_LINE = '`queue: max` and `cancel-in-progress: true` do not go together';

/** A text that looks like what is wanted probably came out of an output or a variable, which are always text. */
function hint(value: Json, wanted: RegExp): string {
  return typeof value === 'string' && wanted.test(value) ? '; fromJSON(…) makes one of the text' : '';
}
