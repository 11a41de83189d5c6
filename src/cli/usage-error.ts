import { CiError } from '../support/ci-error.ts';

/** The command was typed in a way that cannot be; the message says what is right. */
export class UsageError extends CiError {
  override readonly name = 'UsageError';
  readonly code = 'E_USAGE';
}

/** A thing that was named is not there. */
export class UnknownNameError extends CiError {
  override readonly name = 'UnknownNameError';
  readonly code = 'E_NO_SUCH';
}

/** It could not be done because no server of this home runs. */
export class NoServerError extends CiError {
  override readonly name = 'NoServerError';
  readonly code = 'E_NO_SERVER';
  constructor(home: string, options?: ErrorOptions) {
    super(
      `no server runs on the home ${home}; start one with "signalbox up" (in a clone: npm start), or name another home with --home`,
      options,
    );
  }
}
