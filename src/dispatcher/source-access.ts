import { join } from 'node:path';
import type { ForgeSettings } from '../config/config.ts';
import { hostToken, type TokenMaker } from '../config/host-tokens.ts';
import type { AccessOf, GitAccess } from '../git/access.ts';
import type { Credential } from '../model/credential.ts';
import type { CredentialStore } from '../store/credentials.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';

/** What {@link SourceAccess} needs. */
export interface SourceAccessOptions {
  readonly home: string;
  readonly credentials: CredentialStore;
  readonly forges: readonly ForgeSettings[];
  readonly makeToken?: TokenMaker | undefined;
  readonly logger: Logger;
  /** Which repository has this source; undefined: none (yet). */
  readonly repositoryAt: (source: string) => Promise<number | undefined>;
}

/** With what git is let in: what the repository has of its own, before the token of the forge that it is on. */
export class SourceAccess {
  readonly #options: SourceAccessOptions;

  constructor(options: SourceAccessOptions) {
    this.#options = options;
  }

  /** At this source. */
  readonly of: AccessOf = async (source) => {
    const repository = await this.#options.repositoryAt(source);
    const own = repository === undefined ? undefined : await this.ownOf(repository);
    return own === undefined ? hostToken(this.#options.forges, source, this.#options.makeToken) : this.with(own);
  };

  /** What was set for a repository; undefined: nothing, or it cannot be decrypted, which is logged. */
  async ownOf(repository: number): Promise<Credential | undefined> {
    try {
      return await this.#options.credentials.of(repository);
    } catch (error) {
      this.#options.logger.error({ repository }, messageOf(error));
      return undefined;
    }
  }

  /** A credential as git gets it. */
  with(credential: Credential): GitAccess {
    if (credential.kind === 'token') return credential;
    return { ...credential, knownHosts: join(this.#options.home, 'known_hosts') };
  }
}
