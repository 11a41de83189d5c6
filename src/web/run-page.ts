import { HttpError } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { failingPlaces } from './failing-places.ts';
import { usualMs } from './home-parts.ts';
import { runDetail } from './run-detail.ts';

/** What the page of a run shows: the run as the API tells it, and where its failures are in logs and code. */
export async function runPageData(context: WebContext, id: number, base: string) {
  const found = await context.store.run(id);
  if (found === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no run ${id}`);
  const detail = await runDetail(context, id, base);
  const { run } = found;
  const tests = detail.tests === null ? undefined : await context.store.tests.ofRun(id);
  const places = await failingPlaces(context, found, tests);
  const recent = run.status === 'in_progress' ? await context.store.recentRuns(run.repositoryId) : [];
  return { ...detail, ...places, pull_url: found.pullUrl, usual_ms: usualMs(recent, run.path ?? run.workflow) };
}

/** Data of the page of a run. */
export type RunPageJson = Awaited<ReturnType<typeof runPageData>>;
