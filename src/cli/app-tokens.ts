import type { TokenMaker } from '../config/host-tokens.ts';
import { GithubAppTokens } from '../protocol/github-app-tokens.ts';

/** Tokens of the home's GitHub App for clone, fetch and the API, wherever it is installed. */
export function appTokens(home: string): TokenMaker {
  const tokens = new GithubAppTokens(home);
  return async (api, path) => (await tokens.tokenFor(api, path))?.token;
}
