import { CiError } from '../support/ci-error.ts';

/** The dispatcher does not want this runner, and another try would not change that. */
export class RunnerRefusedError extends CiError {
  override readonly name = 'RunnerRefusedError';
  readonly code = 'E_RUNNER_REFUSED';
  constructor(runner: string, why: string) {
    super(`the dispatcher does not take runner ${runner}: ${why}`);
  }
}
