import type { InputDefinition, Json } from '../model/workflow.ts';
import { nearest } from '../support/nearest.ts';
import { listed } from './trigger-filters.ts';

type Inputs = { readonly [name: string]: Json };

/** GitHub's bound on all values of a dispatch together. */
const MAX_PAYLOAD = 65_535;

/**
 * Inputs of a `workflow_dispatch` with their types and defaults; or what is wrong with what was sent, in words. Names are
 * compared without case. An input that was not sent is its default, else what is empty for its type.
 */
export function dispatchInputs(
  definitions: Readonly<Record<string, InputDefinition>>,
  sent: Inputs,
): { readonly inputs: Inputs } | { readonly error: string } {
  if (JSON.stringify(sent).length > MAX_PAYLOAD)
    return { error: `the inputs are larger than ${MAX_PAYLOAD} characters` };
  const names = Object.keys(definitions);
  const given = new Map(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
  const known = new Set(names.map((name) => name.toLowerCase()));
  for (const name of Object.keys(sent)) if (!known.has(name.toLowerCase())) return { error: unknown(name, names) };
  const inputs: [string, Json][] = [];
  for (const [name, definition] of Object.entries(definitions)) {
    const value = given.get(name.toLowerCase()) ?? '';
    const result = value === '' ? withoutValue(name, definition) : inputValue(name, definition, value);
    if ('error' in result) return result;
    inputs.push([name, result.value]);
  }
  return { inputs: Object.fromEntries(inputs) };
}

function unknown(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  const hint = near === undefined ? `its inputs are ${listed(names)}` : `did you mean ${near}?`;
  return `the workflow has no input ${name}; ${hint}`;
}

function withoutValue(name: string, definition: InputDefinition): { value: Json } | { error: string } {
  const { default: fallback, type, required } = definition;
  if (fallback !== undefined) return inputValue(name, definition, fallback as Json);
  if (required) return { error: `the input ${name} is required, and was not given` };
  return { value: emptyInput(type) };
}

/** What an input of this type is where nobody says. */
export function emptyInput(type: InputDefinition['type']): Json {
  if (type === 'boolean') return false;
  return type === 'number' ? 0 : '';
}

/** The value as the type of its input wants it; texts such as `'true'` and `'3'` are converted. */
export function inputValue(
  name: string,
  definition: Pick<InputDefinition, 'type' | 'options'>,
  value: Json,
): { readonly value: Json } | { readonly error: string } {
  const { type, options } = definition;
  const wrong = (expected: string) => ({ error: `the input ${name} is ${JSON.stringify(value)}, not ${expected}` });
  if (typeof value === 'object') return wrong('a plain value');
  switch (type) {
    case 'boolean':
      if (String(value) === 'true' || String(value) === 'false') return { value: String(value) === 'true' };
      return wrong('true or false');
    case 'number': {
      const isNumber = typeof value !== 'boolean' && String(value).trim() !== '' && Number.isFinite(Number(value));
      return isNumber ? { value: Number(value) } : wrong('a number');
    }
    case 'choice':
      return options?.includes(String(value)) === true
        ? { value: String(value) }
        : wrong(`one of ${listed(options ?? [])}`);
    default:
      return { value: String(value) };
  }
}
