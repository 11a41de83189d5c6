import { CiError } from '../support/ci-error.ts';

/** With what git is let in at the sources of one repository. */
export type Credential =
  /** Over https; `user` is what the forge wants to see beside it. */
  | { readonly kind: 'token'; readonly user: string; readonly token: string }
  /** A private key, as text, over ssh. */
  | { readonly kind: 'ssh-key'; readonly key: string };

/** What is no token and no key; the message never holds it. */
export class CredentialRefusedError extends CiError {
  override readonly name = 'CredentialRefusedError';
  readonly code = 'E_CREDENTIAL_REFUSED';
}

const MAX_TOKEN = 4_096;
const MAX_KEY = 64 * 1024;

/**
 * A token as it stands in a file: alone, or as `user:token`. Without a user it gets the one that GitHub, Gitea, Forgejo and GitLab
 * take with any token, on bitbucket.org that of its own.
 * @throws {CredentialRefusedError}
 */
export function tokenCredential(text: string, source: string): Credential {
  const line = text.replace(/\r?\n$/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (line === '' || line.length > MAX_TOKEN || /[\u0000-\u0020\u007f]/.test(line))
    throw new CredentialRefusedError('a token is one word on one line, alone or as "user:token"');
  const [, user, token] = /^([^:]+):(.+)$/.exec(line) ?? [];
  if (user !== undefined && token !== undefined) return { kind: 'token', user, token };
  return { kind: 'token', user: userAt(source), token: line };
}

/** Which user a forge wants to see beside a token. */
export function userAt(source: string): string {
  return URL.canParse(source) && new URL(source).hostname === 'bitbucket.org' ? 'x-token-auth' : 'x-access-token';
}

/** A private key as it stands in its file. @throws {CredentialRefusedError} */
export function keyCredential(text: string): Credential {
  if (text.length > MAX_KEY || !/^-----BEGIN [A-Z ]*PRIVATE KEY-----$/m.test(text))
    throw new CredentialRefusedError(
      'this is no private ssh key (it has no line "-----BEGIN … PRIVATE KEY-----"); the file without ".pub" is meant',
    );
  if (/^Proc-Type:.*ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY/m.test(text))
    throw new CredentialRefusedError('the ssh key has a passphrase, which nobody is there to type; make one without');
  return { kind: 'ssh-key', key: text };
}
