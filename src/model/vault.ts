import { CiError } from '../support/ci-error.ts';

/** Longest value of a secret or a variable, in bytes of UTF-8; GitHub's limit. */
export const MAX_VALUE_BYTES = 48 * 1024;

const MAX_NAME = 200;
const MAX_ENVIRONMENT = 255;

/** Whom a secret or a variable is for. Both null: the whole server. An environment is one of a repository. */
export interface VaultScope {
  readonly repository: number | null;
  readonly environment: string | null;
}

/** A name, a value or a scope that cannot be; the message never holds the value. */
export class VaultRefusedError extends CiError {
  override readonly name = 'VaultRefusedError';
  readonly code = 'E_VAULT_REFUSED';
}

/** Secrets are hidden, variables are not. */
export type VaultKind = 'secrets' | 'variables';

/** No token is made for a job; whoever has one says so under the name by which workflows ask for it. */
const TOKEN = 'GITHUB_TOKEN';

/**
 * The name as it is kept: upper-case, since GitHub's names have no case.
 * @throws {VaultRefusedError} by GitHub's rules: letters, digits and `_`, no digit first, not `GITHUB_…`; but for the
 *   secret `GITHUB_TOKEN`, which GitHub has for every job, and this server only if it is told.
 */
export function vaultName(text: string, kind: VaultKind): string {
  // perhaps NAME=VALUE was typed: whatever it is, it is not repeated
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text))
    throw new VaultRefusedError('a name has only letters, digits and "_", and begins with no digit');
  const name = text.toUpperCase();
  if (name === TOKEN && kind === 'variables')
    throw new VaultRefusedError(`${name} is to be hidden: set it with "signalbox secrets set ${name}"`);
  if (name.startsWith('GITHUB_') && name !== TOKEN)
    throw new VaultRefusedError(`${name} begins with GITHUB_, which is kept for what the server sets itself`);
  if (name.length > MAX_NAME) throw new VaultRefusedError(`a name has at most ${MAX_NAME} characters`);
  return name;
}

/** The value, if it can be one. @throws {VaultRefusedError} it is empty, or larger than 48 kB. */
export function vaultValue(name: string, value: string): string {
  const bytes = new TextEncoder().encode(value).length;
  if (bytes === 0) throw new VaultRefusedError(`the value of ${name} is empty; "remove" takes a name away`);
  if (bytes > MAX_VALUE_BYTES)
    throw new VaultRefusedError(`the value of ${name} has ${bytes} bytes; at most ${MAX_VALUE_BYTES} are kept`);
  return value;
}

/**
 * The environment as it is kept: lower-case, since GitHub's have no case; '' for none.
 * @throws {VaultRefusedError} it has no repository, is too long, or is not one line of text.
 */
export function vaultEnvironment({ repository, environment }: VaultScope): string {
  if (environment === null) return '';
  if (repository === null)
    throw new VaultRefusedError('an environment is one of a repository; name the repository too');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (environment === '' || environment.length > MAX_ENVIRONMENT || /[\u0000-\u001f\u007f]/.test(environment))
    throw new VaultRefusedError(`the name of an environment has 1 to ${MAX_ENVIRONMENT} characters, on one line`);
  return environment.toLowerCase();
}
