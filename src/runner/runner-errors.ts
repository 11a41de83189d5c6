import { CiError } from '../support/ci-error.ts';

/** The dispatcher does not want this runner, and another try would not change that. */
export class RunnerRefusedError extends CiError {
  override readonly name = 'RunnerRefusedError';
  readonly code = 'E_RUNNER_REFUSED';
  constructor(runner: string, why: string) {
    super(`the dispatcher does not take runner ${runner}: ${why}`);
  }
}

/** A classic runner found no port to listen on. */
export class NoClassicPortError extends CiError {
  override readonly name = 'NoClassicPortError';
  readonly code = 'E_NO_CLASSIC_PORT';
  constructor(first: number, last: number) {
    super(
      `no port from ${first} to ${last} is free on localhost, and classic runners listen there; ` +
        'stop one of those that are running',
    );
  }
}
