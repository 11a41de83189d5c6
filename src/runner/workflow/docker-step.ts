import { evaluateText } from '../../workflow/expressions.ts';
import type { DockerResolved } from '../actions/action.ts';
import { prepareDockerPart } from '../actions/docker-action.ts';
import { inputVariables } from './action-inputs.ts';
import { containerTools } from './container-tools.ts';
import type { ActionPart } from './node-action.ts';
import type { StepCall, StepOutcome } from './step-call.ts';
import { runStepProcess } from './step-process.ts';

/** Executes a part of a docker action, in a container of its own. */
export async function runDockerAction(
  call: StepCall,
  action: DockerResolved,
  part: ActionPart,
  inputs: Readonly<Record<string, string>>,
): Promise<StepOutcome> {
  const { job, scope, env, github, state } = call;
  const evaluation = job.evaluation({ ...scope, inputs: { ...inputs } }, env, github);
  const evaluate: Parameters<typeof prepareDockerPart>[0]['evaluate'] = (text) => evaluateText(text, evaluation);
  const prepared = await prepareDockerPart({ ...containerTools(job), action, part, inputs, evaluate });
  const { host, command } = prepared;
  const variables = { ...prepared.env, ...inputVariables(inputs, state) };
  return runStepProcess(call, { command, cwd: job.options.places.workspace, env: variables, host });
}
