import type { VaultScope } from '../model/vault.ts';

/** What everybody may know of a secret. */
export interface SecretRecord extends VaultScope {
  readonly name: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** False: the key that it was encrypted with is not there. */
  readonly isReadable: boolean;
}

/** A variable. */
export interface VariableRecord extends VaultScope {
  readonly name: string;
  readonly value: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Which of them are meant; without a field: all. */
export interface VaultFilter {
  readonly repository?: number | null;
  readonly environment?: string | null;
}

/** Whose secrets are asked for. */
export interface SecretsRequest {
  readonly repository: number;
  /** Name of the job's environment. */
  readonly environment?: string | undefined;
  /** False for a pull request from a fork, and whatever else runs what strangers wrote: it gets none. */
  readonly isTrusted: boolean;
}

/**
 * Secrets and variables, per server, repository and environment. Values of secrets are on the disk only encrypted
 * (AES-256-GCM), with a key that is not in the database. Names come in any case and are kept in capitals.
 */
export interface Vault {
  /**
   * Sets a secret. @returns whether it is new. @throws {VaultRefusedError} name, value or scope cannot be, or there are too
   * many. @throws {SecretsKeyError} the key is gone and others were encrypted with it.
   */
  setSecret(scope: VaultScope, name: string, value: string, at: Date): Promise<boolean>;
  /** False: there is none. Works without the key. */
  removeSecret(scope: VaultScope, name: string): Promise<boolean>;
  /** Names and dates, never values; by scope and name. */
  secrets(filter?: VaultFilter): Promise<readonly SecretRecord[]>;
  /** @returns whether it is new. @throws {VaultRefusedError} */
  setVariable(scope: VaultScope, name: string, value: string, at: Date): Promise<boolean>;
  removeVariable(scope: VaultScope, name: string): Promise<boolean>;
  variables(filter?: VaultFilter): Promise<readonly VariableRecord[]>;
  /**
   * What a job gets: those of its environment before those of its repository before those of the server.
   * @throws {SecretsKeyError} one of them cannot be decrypted; its name is in the message.
   */
  secretsFor(request: SecretsRequest): Promise<Readonly<Record<string, string>>>;
  /** The same for variables; whoever wrote the job may know them. */
  varsFor(repository: number, environment?: string): Promise<Readonly<Record<string, string>>>;
}
