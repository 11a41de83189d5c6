import type { Instant } from './columns.ts';

/** A row of `secrets` or `variables`. */
interface VaultRow<Value> {
  /** 0: of the server. */
  repository: number;
  /** Lower-case; '': of the whole repository. */
  environment: string;
  /** In capitals. */
  name: string;
  value: Value;
  created_at: Instant;
  updated_at: Instant;
}

/** With what git is let in; the value is encrypted. */
interface CredentialRows {
  repository: number;
  kind: 'token' | 'ssh-key';
  value: Uint8Array;
  updated_at: Instant;
}

/** Secrets, variables, and with what git is let in. */
export interface VaultTables {
  /** Values are encrypted. */
  secrets: VaultRow<Uint8Array>;
  variables: VaultRow<string>;
  credentials: CredentialRows;
}
