import type { Request } from 'express';
import { filterOf, foundJson, runFilterSchema } from './api-runs.ts';
import { baseUrl, type WebContext } from './context.ts';
import { givenQuery, parse } from './input.ts';

/** Runs of one page. */
const PAGE = 50;

/** Runs that fit the query, newest first. `repository`: of this one alone. */
export async function runList(context: WebContext, request: Request, repository?: string) {
  const given = givenQuery(request);
  const asked = parse(runFilterSchema, repository === undefined ? given : { ...given, repository });
  const filter = await filterOf(context, { limit: PAGE, ...asked });
  const found = await context.store.search.runs(filter);
  const { before, limit: _limit, repository: _repository, ...query } = given;
  return {
    ...foundJson(found, baseUrl(context, request)),
    /** Is it a page after the first one? */
    is_older: before !== undefined,
    query: repository === undefined ? { ...query, ...(given.repository && { repository: given.repository }) } : query,
  };
}

/** Data of a list of runs. */
export type RunListJson = Awaited<ReturnType<typeof runList>>;
