import { CiError } from '../support/ci-error.ts';

/** A name that was given to a repository cannot be one. */
export class RepositoryNameError extends CiError {
  override readonly name = 'RepositoryNameError';
  readonly code = 'E_REPOSITORY_NAME';
  constructor(name: string, why: string) {
    super(`"${name}" cannot be the name of a repository: ${why}; give one like owner/name`);
  }
}

/** Reading a commit's files took too long. */
export class PlanTimeoutError extends CiError {
  override readonly name = 'PlanTimeoutError';
  readonly code = 'E_PLAN_TIMEOUT';
  constructor(sha: string, repository: string, ms: number) {
    super(`reading commit ${sha} of ${repository} took longer than ${ms} ms, probably a slow disk; it is tried again`);
  }
}

/** The code of an error that was raised on purpose, or undefined. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof CiError ? error.code : undefined;
}
