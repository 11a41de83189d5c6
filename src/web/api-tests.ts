import { Router } from 'express';
import * as z from 'zod';
import { HttpError } from '../support/http-guard.ts';
import { findOr404 } from './api-repositories.ts';
import type { WebContext } from './context.ts';
import { idSchema, numberSchema, parse } from './input.ts';
import { flakyJson, testJson } from './tests-json.ts';

/** Most tests of one page. */
const PAGE = 1_000;

/** Which tests of a run. */
export const listSchema = z.strictObject({
  conclusion: z.enum(['success', 'failure', 'skipped']).optional(),
  after: idSchema.optional(),
  limit: numberSchema(1, PAGE).optional(),
});

/** Which tests of a repository. */
export const flakySchema = z.strictObject({ flaky: z.literal('1', 'only flaky=1 is there: the list of flaky tests') });

/** The tests of a run, and the flaky ones of a repository. */
export function testRoutes(context: WebContext): Router {
  const { store } = context;
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/runs/:id/tests', async (request, response) => {
    const { conclusion, after = 0, limit = PAGE } = parse(listSchema, request.query);
    const id = parse(idSchema, request.params.id);
    if ((await store.run(id)) === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no run ${id}`);
    const all = await store.tests.allOfRun(id);
    const fitting = conclusion === undefined ? all : all.filter((one) => one.conclusion === conclusion);
    const tests = fitting.slice(after, after + limit).map(testJson);
    const next = after + limit < fitting.length ? after + limit : null;
    response.json({ tests, total: fitting.length, next });
  });
  router.get('/repositories/:repository/tests', async (request, response) => {
    const { id } = await findOr404(context, request.params.repository);
    parse(flakySchema, request.query);
    const tests = (await store.tests.flaky(id)).map(flakyJson);
    response.json({ tests, total: tests.length, next: null });
  });
  return router;
}
