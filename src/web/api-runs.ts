import { Router } from 'express';
import * as z from 'zod';
import { CONCLUSIONS, STATUSES } from '../model/conclusion.ts';
import { SHA_PATTERN } from '../model/push.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { FoundRuns, SearchFilter } from '../store/search.ts';
import { baseUrl, type WebContext } from './context.ts';
import { idSchema, numberSchema, parse } from './input.ts';
import { queuedJson, runJson } from './json.ts';
import { runDetail } from './run-detail.ts';
import { explainQueue } from './waiting.ts';

/** Most entries of a page of a list. */
const PAGE = 100;

const text = z.string().max(1_000);

/** The filters of the list of runs, as they come in a query. */
export const runFilterSchema = z.strictObject({
  repository: text.optional(),
  sha: z.string().regex(SHA_PATTERN, 'a full commit id in lower case; for the beginning of one use q').optional(),
  ref: text.optional(),
  status: z.enum(STATUSES).optional(),
  conclusion: z.enum(CONCLUSIONS).optional(),
  author: text.optional(),
  q: text.optional(),
  before: idSchema.optional(),
  limit: numberSchema(1, PAGE).optional(),
});

/** How much of the queue. */
export const queueSchema = z.strictObject({ limit: numberSchema(1, PAGE).optional() });

/** The list of runs, one run, and what waits. */
export function runRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/runs', async (request, response) => {
    const filter = await filterOf(context, parse(runFilterSchema, request.query));
    response.json(foundJson(await context.store.search.runs(filter), baseUrl(context, request)));
  });
  router.get('/runs/:id', async (request, response) => {
    response.json(await runDetail(context, parse(idSchema, request.params.id), baseUrl(context, request)));
  });
  router.get('/queue', async (request, response) => {
    const { limit = PAGE } = parse(queueSchema, request.query);
    const { jobs, total } = await context.store.queue(limit);
    const { operations } = context;
    const explained = explainQueue(jobs, operations.runners(), operations.hasServer);
    response.json({ jobs: explained.map((job) => queuedJson(job, baseUrl(context, request))), total, next: null });
  });
  return router;
}

/** A page of runs. */
export function foundJson({ runs, next, tests }: FoundRuns, base: string) {
  return {
    runs: runs.map((run) => runJson(run, base)),
    next,
    // by which tests runs were found, if they were
    tests: tests.map(({ run, suite, name, hasFailed }) => ({ run, suite, name, failed: hasFailed })),
  };
}

/** A filter with what people write made exact: a repository by id, a branch without `refs/heads/`. */
export async function filterOf(
  context: Pick<WebContext, 'store'>,
  given: z.output<typeof runFilterSchema>,
): Promise<SearchFilter & { limit: number }> {
  const { repository, ref, limit = PAGE, ...rest } = given;
  const filter = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return {
    ...filter,
    limit,
    ...(repository === undefined ? {} : { repository: await nameOf(context, repository) }),
    ...(ref === undefined ? {} : { ref: ref === 'HEAD' || ref.startsWith('refs/') ? ref : `refs/heads/${ref}` }),
  };
}

/** Finds a repository by full name or by id. */
export async function findRepository(
  { store }: Pick<WebContext, 'store'>,
  nameOrId: string,
): Promise<RepositoryRecord | undefined> {
  const repositories = await store.repositories();
  return repositories.find(({ id, name }) => name === nameOrId || String(id) === nameOrId);
}

/** A removed repository is not known any more, but its runs are: they are asked for by name. */
async function nameOf(context: Pick<WebContext, 'store'>, nameOrId: string): Promise<string> {
  return (await findRepository(context, nameOrId))?.name ?? nameOrId;
}
