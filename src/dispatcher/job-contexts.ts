import { isFromFork } from '../model/trust.ts';
import type { JobContexts } from '../model/workflow.ts';
import type { ClaimedJob } from '../store/claim.ts';
import type { Vault } from '../store/vault.ts';
import { jobContexts } from '../workflow/job-contexts.ts';

/**
 * The contexts of a workflow's job, secrets included: made when it is given away, never stored and never logged.
 * Undefined for a job of found tests.
 * @throws {CiError} if its secrets cannot be had; in words for the job.
 */
export async function contextsOf(
  { workflow, repository }: ClaimedJob,
  vault: Pick<Vault, 'secretsFor' | 'varsFor'>,
): Promise<JobContexts | undefined> {
  if (workflow === undefined) return undefined;
  const { run, environment } = workflow;
  // those of strangers are held; should one run all the same, it gets no secrets. Nor does an old commit that is looked at only to
  // find who broke the branch: its workflow names no secret, and an action that would take a token by itself is not to act
  const isTrusted = !isFromFork(run.event, run.payload) && run.purpose === undefined;
  const [vars, secrets] = await Promise.all([
    vault.varsFor(repository.id, environment),
    vault.secretsFor({ repository: repository.id, environment, isTrusted }),
  ]);
  return jobContexts(workflow, { vars, secrets });
}
