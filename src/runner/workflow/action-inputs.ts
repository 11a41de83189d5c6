import { evaluateText } from '../../workflow/expressions.ts';
import type { ActionManifest } from '../actions/action.ts';
import type { StepCall } from './step-call.ts';
import { evaluateTexts } from './step-env.ts';

/** The inputs of an action: what the step says, and what the manifest says of those that it does not. */
export interface ActionInputs {
  /** By the names of the manifest; then those that it does not know. */
  readonly values: Record<string, string>;
  /** What the step said itself, for the log. */
  readonly shown: Record<string, string>;
}

/** Evaluates the inputs of a step. @throws {ExpressionError} */
export function evaluateInputs(call: StepCall, manifest: ActionManifest): ActionInputs {
  const { step, evaluation } = call;
  const given = new Map(Object.entries(evaluateTexts(step.with, evaluation)));
  const values: Record<string, string> = {};
  for (const [name, input] of Object.entries(manifest.inputs)) {
    const written = [...given.keys()].find((key) => key.toLowerCase() === name.toLowerCase());
    const value = written === undefined ? undefined : given.get(written);
    if (written !== undefined) given.delete(written);
    if (value !== undefined && input.deprecation !== undefined)
      call.job.warning(`Input '${name}' has been deprecated with message: ${input.deprecation}`, call.index);
    values[name] = value ?? evaluateText(input.default ?? null, evaluation);
  }
  const shown = Object.fromEntries(Object.entries({ ...values, ...Object.fromEntries(given) }));
  warnOfUnknown(call, [...given.keys()], Object.keys(manifest.inputs));
  return { values: { ...values, ...Object.fromEntries(given) }, shown };
}

function warnOfUnknown({ job, index, step }: StepCall, unknown: readonly string[], known: readonly string[]): void {
  const isDocker = step.uses?.startsWith('docker://') === true;
  const names = unknown.filter((name) => !['entrypoint', 'args'].includes(name.toLowerCase()));
  if (names.length === 0 || isDocker) return;
  const list = (all: readonly string[]) => all.map((name) => `'${name}'`).join(', ');
  job.warning(`Unexpected input(s) ${list(names)}, valid inputs are [${list(known)}]`, index);
}

/** The variables by which a program is told its inputs and what its earlier parts saved. */
export function inputVariables(
  inputs: Readonly<Record<string, string>>,
  state: Readonly<Record<string, string>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(inputs))
    variables[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value;
  for (const [name, value] of Object.entries(state)) variables[`STATE_${name}`] = value;
  return variables;
}
