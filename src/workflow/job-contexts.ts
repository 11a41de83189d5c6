import type { JobInRun } from '../model/expansion.ts';
import type { JobContexts } from '../model/workflow.ts';
import { githubContext, scopedSecrets } from './github-context.ts';

/** What its repository and environment have for it, before its callers choose what they pass on. */
export interface JobValues {
  readonly vars: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * What the expressions of a job can know, apart from what only its runner knows.
 * @throws {ExpressionError} if the secrets that a caller passes on cannot be evaluated.
 */
export function jobContexts({ run, job, scope, matrix, strategy, needs }: JobInRun, values: JobValues): JobContexts {
  const { vars } = values;
  const github = githubContext(run, { id: job, scope });
  const secrets = scopedSecrets(scope, values.secrets, { github, vars }, run.path);
  const inputs = scope.calls.length === 0 ? run.inputs : scope.inputs;
  return { github, inputs, matrix, strategy, needs, vars, secrets };
}
