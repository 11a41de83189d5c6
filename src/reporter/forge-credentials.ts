import type { ForgeSettings } from '../config/config.ts';
import { GithubAppError } from '../protocol/github-app.ts';
import { GithubAppTokens } from '../protocol/github-app-tokens.ts';
import { RetryLaterError } from './message.ts';
import { tokenIn } from './token-file.ts';

/** A token for a repository at a forge, and where it comes from, for people. */
export interface Credential {
  readonly token: string;
  readonly from: string;
  /** It is the GitHub App's: checks can be made with it. */
  readonly isApp: boolean;
}

/**
 * Tokens for repositories: of the GitHub App where it is installed, else of the file that the configuration names.
 * @throws {SinkDownError} {RetryLaterError} by the returned function: there is none, in words.
 */
export function forgeCredentials(home: string): (forge: ForgeSettings, path: string) => Promise<Credential> {
  const tokens = new GithubAppTokens(home);
  return async ({ kind, api, tokenFile }, path) => {
    const minted = kind === 'github' ? await mint(tokens, api, path) : undefined;
    if (minted !== undefined) return { token: minted.token, from: 'the GitHub App', isApp: true };
    if (tokenFile !== null) return { token: await tokenIn(tokenFile), from: tokenFile, isApp: false };
    const words = `the GitHub App is not installed in ${path}, and github.token_file is not set`;
    throw new RetryLaterError(words, { afterMs: 600_000, giveUpAfterMs: 86_400_000, isSinkWell: true });
  };
}

async function mint(tokens: GithubAppTokens, api: string, path: string) {
  try {
    return await tokens.tokenFor(api, path);
  } catch (error) {
    if (error instanceof GithubAppError) throw new RetryLaterError(error.message, { cause: error });
    throw error;
  }
}
