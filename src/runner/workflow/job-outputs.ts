import type { JobState } from './job-state.ts';
import { evaluateTexts } from './step-env.ts';

/** Most that the outputs of one job may be in all, in bytes; as on GitHub. */
const LIMIT_BYTES = 1024 * 1024;

/**
 * The outputs of a job whose steps are over. One that holds a secret is left out, as on GitHub, and so is what is too
 * much.
 * @throws {ExpressionError}
 */
export function jobOutputs(state: JobState): Record<string, string> {
  const { masks, root, env } = state;
  const template = state.options.workflow.job.outputs;
  const outputs: Record<string, string> = {};
  let bytes = 0;
  for (const [name, value] of Object.entries(evaluateTexts(template, state.evaluation(root, env)))) {
    bytes += Buffer.byteLength(value);
    if (masks.mask(value) !== value) warn(state, `Skip output '${name}' since it may contain secret.`);
    else if (bytes > LIMIT_BYTES) warn(state, `Skip output '${name}': the outputs of a job may be 1 MiB in all.`);
    else if (value !== '') outputs[name] = value;
  }
  return outputs;
}

function warn(state: JobState, message: string): void {
  state.log.line(`##[warning]${message}`);
  state.annotate({ level: 'warning', message });
}
