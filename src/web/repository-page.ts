import type { Request } from 'express';
import { HttpError } from '../support/http-guard.ts';
import { findRepository } from './api-runs.ts';
import { branchTracks } from './branch-tracks.ts';
import type { WebContext } from './context.ts';
import { failureLine } from './failure-line.ts';
import { runList } from './run-list.ts';
import { trendsOf } from './trends.ts';
import { untestedJson, verdictJson } from './verdicts.ts';

/** What the page of a repository shows: its verdict, its branches, a page of its runs, and how it is going. @throws {HttpError} 404 */
export async function repositoryPageData(context: WebContext, request: Request, name: string) {
  const found = await findRepository(context, name);
  const list = await runList(context, request, name);
  // a removed repository is not known any more, but its runs are
  if (found === undefined && list.runs.length === 0)
    throw new HttpError(404, 'E_NOT_FOUND', `there is no repository ${name}`);
  const verdict = found === undefined ? undefined : await context.verdicts.of(found);
  const since = verdict?.state === 'green' ? undefined : verdict?.since;
  const row = found === undefined ? undefined : await context.home.row(found);
  const recent = found === undefined ? [] : await context.store.recentRuns(found.id);
  const ref = row?.ref ?? null;
  const firstBad =
    since === undefined
      ? null
      : await failureLine(context.store, { id: since.run, reason: since.reason, conclusion: since.conclusion });
  return {
    ...{ name, now: context.clock.now().toISOString(), ref, verdict: verdictJson(verdict), ...list },
    failure: row?.failure ?? null,
    untested_since: untestedJson(verdict?.state === 'untested' ? verdict.since : undefined),
    first_bad: since === undefined ? null : { sha: since.sha, failure: firstBad },
    tracks: found === undefined ? [] : await branchTracks(context, found.id, recent, ref, verdict?.state === 'green'),
    trends: found === undefined ? null : await trendsOf(context.store, found.id, recent, ref),
  };
}

/** Data of the page of a repository. */
export type RepositoryPageJson = Awaited<ReturnType<typeof repositoryPageData>>;
