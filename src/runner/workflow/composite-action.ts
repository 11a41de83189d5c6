import type { StepDefinition } from '../../model/workflow.ts';
import { evaluateText } from '../../workflow/expressions.ts';
import type { CompositeResolved } from '../actions/action.ts';
import { setOwn } from './own-property.ts';
import type { StepScope } from './scope.ts';
import { isBad, type StepCall, type StepOutcome, SUCCESS } from './step-call.ts';

/** Executes one step of a composite action in its scope, whatever its `if` says about it. */
export type RunInner = (scope: StepScope, step: StepDefinition) => Promise<StepOutcome>;

/** Brings the scope of a composite action up to the step that uses it. */
export function enterScope(call: StepCall, scope: StepScope, inputs: Readonly<Record<string, string>>): void {
  Object.assign(scope.env, call.scope.env, call.ownEnv);
  for (const [name, value] of Object.entries(inputs)) setOwn(scope.inputs, name, value);
}

/** Executes the steps of a composite action; it has failed if one of them has. */
export async function runComposite(
  call: StepCall,
  action: CompositeResolved,
  scope: StepScope,
  runInner: RunInner,
): Promise<StepOutcome> {
  let outcome = SUCCESS;
  for (const step of action.steps) {
    const inner = await runInner(scope, step);
    if (isBad(inner) && !isBad(outcome)) outcome = { ...inner, isSaid: true };
  }
  takeOutputs(call, action, scope);
  return outcome;
}

/** Evaluated even after a failure, with what there is. */
function takeOutputs(call: StepCall, { manifest }: CompositeResolved, scope: StepScope): void {
  const evaluation = call.job.evaluation(scope, { ...call.job.env, ...scope.env });
  for (const [name, { value }] of Object.entries(manifest.outputs)) {
    if (value !== undefined) setOwn(call.outputs, name, evaluateText(value, evaluation));
  }
}
