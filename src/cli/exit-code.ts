import type { Conclusion } from '../model/conclusion.ts';
import { CiError } from '../support/ci-error.ts';

/** What a command tells the shell. */
export const EXIT = {
  /** Done; green or skipped. */
  done: 0,
  /** The tests said no. */
  failed: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** It could not be done: no server, or the tests could not be asked. */
  impossible: 3,
} as const;

/** Errors that the person who typed the command can mend by typing it, or the configuration, differently. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'E_USAGE',
  'E_CONFIG',
  'E_HOME',
  'E_LOCKED',
  'E_PORT_IN_USE',
  'E_LISTEN',
  'E_NOT_A_REPOSITORY',
  'E_BAD_SOURCE',
  'E_NO_CLASSIC_PORT',
  'E_VAULT_REFUSED',
  'E_CREDENTIAL_REFUSED',
  'E_APPROVAL_UNSANDBOXED',
]);

/** The exit code for what was thrown. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CiError && USAGE_CODES.has(error.code) ? EXIT.usage : EXIT.impossible;
}

/** The exit code for a verdict. */
export function exitCodeFor(conclusion: Conclusion | null): number {
  if (conclusion === 'success' || conclusion === 'skipped') return EXIT.done;
  return conclusion === 'failure' || conclusion === 'timed_out' ? EXIT.failed : EXIT.impossible;
}
