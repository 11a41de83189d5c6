import { Router } from 'express';
import * as z from 'zod';
import { CONCLUSIONS, STATUSES } from '../model/conclusion.ts';
import { SHA_PATTERN } from '../model/push.ts';
import type { JobRecord, RepositoryRecord, RunFilter } from '../store/store.ts';
import { HttpError } from '../support/http-guard.ts';
import { baseUrl, type WebContext } from './context.ts';
import { idSchema, numberSchema, parse } from './input.ts';
import { artifactJson, attemptJson, jobJson, queuedJson, runJson } from './json.ts';
import { annotationsJson, testsJson } from './tests-json.ts';
import { breakageJson, brokenSince } from './verdicts.ts';
import { type ExplainedJob, explainQueue, QUEUE_LOOKED_AT, waitingFor } from './waiting.ts';

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
    const runs = await context.store.runs(filter);
    const next = runs.length === filter.limit ? (runs.at(-1)?.id ?? null) : null;
    response.json({ runs: runs.map((run) => runJson(run, baseUrl(context, request))), next });
  });
  router.get('/runs/:id', async (request, response) => {
    const found = await context.store.run(parse(idSchema, request.params.id));
    if (found === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no run ${request.params.id}`);
    const base = baseUrl(context, request);
    const reasons = await reasonsOf(context, found.jobs);
    const jobs = found.jobs.map((job) => jobJson(job, reasons.get(job.id), base));
    const tests = await context.store.tests.ofRun(found.run.id);
    const annotations = annotationsJson(tests, found.jobs);
    const { differences } = found;
    const artifacts = (await context.store.artifacts.ofRun(found.run.id)).map((one) => artifactJson(one, base));
    const attempts = found.attempts.map(attemptJson);
    const said = { annotations, tests: testsJson(tests), artifacts };
    const broken = { broken_since: breakageJson(await brokenSince(context, found.run)) };
    response.json({ ...runJson(found.run, base), ...broken, jobs, attempts, differences, ...said });
  });
  router.get('/queue', async (request, response) => {
    const { limit = PAGE } = parse(queueSchema, request.query);
    const { jobs, total } = await context.store.queue(limit);
    const explained = explainQueue(jobs, context.operations.runners());
    response.json({ jobs: explained.map((job) => queuedJson(job, baseUrl(context, request))), total, next: null });
  });
  return router;
}

/** A filter with what people write made exact: a repository by id, a branch without `refs/heads/`. */
export async function filterOf(
  context: Pick<WebContext, 'store'>,
  given: z.output<typeof runFilterSchema>,
): Promise<RunFilter & { limit: number }> {
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

/** Why each job that waits does so, by id. */
export async function reasonsOf(
  { store, operations }: Pick<WebContext, 'store' | 'operations'>,
  jobs: readonly JobRecord[],
): Promise<ReadonlyMap<number, string>> {
  if (jobs.every((job) => job.state === 'running' || job.state === 'completed')) return new Map();
  const runners = operations.runners();
  const queue: readonly ExplainedJob[] = explainQueue((await store.queue(QUEUE_LOOKED_AT)).jobs, runners);
  const reasons = new Map<number, string>();
  for (const job of jobs) {
    const reason = waitingFor(job, queue, runners);
    if (reason !== undefined) reasons.set(job.id, reason);
  }
  return reasons;
}

/** A removed repository is not known any more, but its runs are: they are asked for by name. */
async function nameOf(context: Pick<WebContext, 'store'>, nameOrId: string): Promise<string> {
  return (await findRepository(context, nameOrId))?.name ?? nameOrId;
}
