import type { NodeResolved } from '../actions/action.ts';
import { inputVariables } from './action-inputs.ts';
import type { StepCall, StepOutcome } from './step-call.ts';
import { runStepProcess } from './step-process.ts';

/** Which part of an action is executed. */
export type ActionPart = 'pre' | 'main' | 'post';

/** Executes a part of a JavaScript action by the Node at hand. */
export function runNodePart(
  call: StepCall,
  action: NodeResolved,
  part: ActionPart,
  inputs: Readonly<Record<string, string>>,
): Promise<StepOutcome> {
  const script = action[part] ?? action.main;
  const env = { ...inputVariables(inputs, call.state), GITHUB_ACTION_PATH: action.folder };
  return runStepProcess(call, { command: [call.job.host.node, script], cwd: call.job.options.places.workspace, env });
}
