import type { Api } from '../protocol/api.ts';
import { findRepository } from './find-repository.ts';
import { oneLine } from './harmless.ts';
import { UsageError } from './usage-error.ts';

/** The options that say whom a secret or a variable is for; without any: the whole server. */
export interface ScopeOptions {
  readonly repository?: string;
  readonly environment?: string;
}

/** The same with the full name of the repository. @throws {UsageError} an environment without its repository. */
export async function resolveScope(api: Api, options: ScopeOptions, cwd: string): Promise<ScopeOptions> {
  const { repository, environment } = options;
  if (repository === undefined && environment !== undefined)
    throw new UsageError('--environment names one of a repository; add --repository');
  return {
    ...(repository === undefined ? {} : { repository: (await findRepository(api, repository, cwd)).name }),
    ...(environment === undefined ? {} : { environment }),
  };
}

/** `local/app, environment production`; `the server`. */
export function scopeWords(scope: {
  readonly repository?: string | null;
  readonly environment?: string | null;
}): string {
  if (scope.repository === undefined || scope.repository === null) return 'the server';
  const environment = scope.environment ? `, environment ${oneLine(scope.environment)}` : '';
  return `${oneLine(scope.repository)}${environment}`;
}

/** `?repository=…&environment=…`; empty for the server. */
export function scopeQuery(scope: ScopeOptions): string {
  const query = new URLSearchParams({ ...scope }).toString();
  return query === '' ? '' : `?${query}`;
}
