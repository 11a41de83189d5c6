import type { ActionManifest } from '../actions/action.ts';
import type { BuiltinEnd } from './builtin.ts';

/** A manifest of a built-in action: its inputs with their defaults, and the names of its outputs. */
export function manifestOf(
  name: string,
  inputs: Readonly<Record<string, string>>,
  outputs: readonly string[] = [],
  required: readonly string[] = [],
): ActionManifest {
  return {
    name,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([key, value]) => [
        key,
        { required: required.includes(key), ...(value === '' ? {} : { default: value }) },
      ]),
    ),
    outputs: Object.fromEntries(outputs.map((key) => [key, {}])),
  };
}

/** An input says something that cannot be: the step fails, as on GitHub. */
export class InputError extends Error {}

/** `true` and `false` in the ways that YAML knows, '' as `fallback`. @throws {InputError} */
export function yesOrNo(inputs: Readonly<Record<string, string>>, name: string, fallback = false): boolean {
  const text = (inputs[name] ?? '').trim();
  if (text === '') return fallback;
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw new InputError(`the input ${name} is "${text}"; it must be true or false`);
}

/** A whole number of at least 0, '' as `fallback`. @throws {InputError} */
export function wholeNumber(inputs: Readonly<Record<string, string>>, name: string, fallback: number): number {
  const text = (inputs[name] ?? '').trim();
  if (text === '') return fallback;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InputError(`the input ${name} is "${text}"; it must be a whole number`);
}

/** The lines of an input, without blanks around them and without empty ones. */
export function linesOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}

/** The step is over, for this reason. */
export function failed(reason: string): BuiltinEnd {
  return { conclusion: 'failure', reason };
}

/** What was asked for could not be done here, for this reason. */
export function impossible(reason: string): BuiltinEnd {
  return { conclusion: 'error', reason };
}
