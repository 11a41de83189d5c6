import type { Credential } from '../model/credential.ts';

/**
 * With what git is let in at the sources of repositories, one per repository. On the disk only encrypted, as the values of
 * secrets, with the same key.
 */
export interface CredentialStore {
  /** @throws {SecretsKeyError} the key is gone, and other values were encrypted with it. */
  set(repository: number, credential: Credential, at: Date): Promise<void>;
  /** False: there is none. Works without the key. */
  remove(repository: number): Promise<boolean>;
  /** Undefined: there is none. @throws {SecretsKeyError} it cannot be decrypted. */
  of(repository: number): Promise<Credential | undefined>;
  /** The kinds of all that there are, by repository. Works without the key. */
  kinds(): Promise<ReadonlyMap<number, Credential['kind']>>;
}
