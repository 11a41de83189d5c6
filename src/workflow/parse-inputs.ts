import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { CallInterface, InputDefinition, Place, Template } from '../model/workflow.ts';
import {
  type Entry,
  entriesOf,
  fieldsOf,
  placeOf,
  type Reading,
  templateOf,
  textOf,
  textsOf,
} from './token-template.ts';

/** The inputs of `workflow_dispatch` or `workflow_call`; their defaults must fit their types. */
export function inputsOf(
  reading: Reading,
  token: TemplateToken | undefined,
): Readonly<Record<string, InputDefinition>> {
  return Object.fromEntries(entriesOf(reading, token).map((entry) => [entry.key, inputOf(reading, entry)]));
}

/** What a reusable workflow takes and gives. */
export function callInterfaceOf(reading: Reading, token: TemplateToken | undefined): CallInterface {
  const fields = fieldsOf(reading, token);
  const secrets = entriesOf(reading, fields.get('secrets')?.value).map(({ key, value }) => {
    return [key, { required: textOf(fieldsOf(reading, value).get('required')?.value) === 'true' }] as const;
  });
  const outputs = entriesOf(reading, fields.get('outputs')?.value).flatMap(({ key, value }) => {
    const given = fieldsOf(reading, value).get('value');
    return given === undefined ? [] : [[key, templateOf(reading, given.value)] as const];
  });
  return {
    inputs: inputsOf(reading, fields.get('inputs')?.value),
    secrets: Object.fromEntries(secrets),
    outputs: Object.fromEntries(outputs),
  };
}

function inputOf(reading: Reading, entry: Entry): InputDefinition {
  const fields = fieldsOf(reading, entry.value);
  const type = typeOf(textOf(fields.get('type')?.value));
  const options = textsOf(fields.get('options')?.value).map((option) => option.text);
  const description = textOf(fields.get('description')?.value);
  const given = fields.get('default');
  const fallback = given === undefined ? undefined : templateOf(reading, given.value);
  if (given !== undefined) checkDefault(reading, type, fallback ?? null, options, placeOf(given.value));
  checkOptions(reading, type, fields, entry.keyAt);
  return {
    type,
    ...(description === '' ? {} : { description }),
    required: textOf(fields.get('required')?.value) === 'true',
    ...(fallback === undefined || fallback === null ? {} : { default: fallback }),
    ...(options.length === 0 ? {} : { options }),
  };
}

function typeOf(text: string): InputDefinition['type'] {
  const types = ['string', 'boolean', 'number', 'choice', 'environment'] as const;
  return types.find((type) => type === text) ?? 'string';
}

function checkOptions(reading: Reading, type: string, fields: ReadonlyMap<string, Entry>, at: Place): void {
  const options = fields.get('options');
  if (type === 'choice' && textsOf(options?.value).length === 0) {
    reading.problems.add("an input of type 'choice' needs 'options'", at);
  }
  if (type !== 'choice' && options !== undefined) {
    reading.problems.add("'options' are for inputs of type 'choice' only", options.keyAt);
  }
}

function checkDefault(
  reading: Reading,
  type: InputDefinition['type'],
  value: Template,
  options: readonly string[],
  at: Place,
): void {
  if (value === null || typeof value === 'object') return;
  const isNumber = typeof value === 'number' || (value !== '' && Number.isFinite(Number(value)));
  const isBoolean = value === true || value === false || value === 'true' || value === 'false';
  if (type === 'boolean' && !isBoolean) reading.problems.add("the default of a 'boolean' is true or false", at);
  if (type === 'number' && !isNumber) reading.problems.add("the default of a 'number' is a number", at);
  if (type === 'choice' && options.length > 0 && !options.includes(String(value))) {
    reading.problems.add(`the default is none of the options (${options.slice(0, 20).join(', ')})`, at);
  }
}
