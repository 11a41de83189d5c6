import { HttpError } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { failuresBefore, testKeyOf } from './failures-before.ts';
import { artifactJson, attemptJson, jobJson, runJson } from './json.ts';
import { reasonsOf } from './reasons.ts';
import { annotationsJson, testsJson } from './tests-json.ts';
import { breakageJson } from './verdicts.ts';

/** All that is told of a run: what `GET /api/runs/:id` answers, and what its page shows. @throws {HttpError} 404 */
export async function runDetail(context: Pick<WebContext, 'store' | 'operations'>, id: number, base: string) {
  const found = await context.store.run(id);
  if (found === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no run ${id}`);
  const reasons = await reasonsOf(context, found.jobs);
  const jobs = found.jobs.map((job) => jobJson(job, reasons.get(job.id), base));
  const tests = await context.store.tests.ofRun(id);
  const annotations = annotationsJson(tests, found.jobs);
  const { differences } = found;
  const artifacts = (await context.store.artifacts.ofRun(id)).map((one) => artifactJson(one, base));
  const attempts = found.attempts.map(attemptJson);
  const { breakage, known } = await failuresBefore(context, found.run);
  const isNew = (test: Parameters<typeof testKeyOf>[0]) => (known === undefined ? null : !known.has(testKeyOf(test)));
  const said = { annotations, tests: testsJson(tests, isNew), artifacts };
  return { ...runJson(found.run, base), broken_since: breakageJson(breakage), jobs, attempts, differences, ...said };
}

/** A run with its jobs, as JSON. */
export type RunDetailJson = Awaited<ReturnType<typeof runDetail>>;
