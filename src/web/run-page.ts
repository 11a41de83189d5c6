import { riskiestFirst } from '../model/risky-paths.ts';
import type { RunDetail } from '../store/read-jobs.ts';
import { HttpError } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { failingPlaces } from './failing-places.ts';
import { usualMs } from './home-parts.ts';
import { runDetail } from './run-detail.ts';
import { untestedJson, untestedSince } from './verdicts.ts';

/** What the page of a run shows: the run as the API tells it, and where its failures are in logs and code. */
export async function runPageData(context: WebContext, id: number, base: string) {
  const found = await context.store.run(id);
  if (found === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no run ${id}`);
  const detail = await runDetail(context, id, base);
  const { run } = found;
  const tests = detail.tests === null ? undefined : await context.store.tests.ofRun(id);
  const places = await failingPlaces(context, found, tests);
  const recent = run.status === 'in_progress' ? await context.store.recentRuns(run.repositoryId) : [];
  const changes = run.held === null ? null : await changesOf(context, found);
  return {
    ...detail,
    ...places,
    pull_url: found.pullUrl,
    untested_since: untestedJson(await untestedSince(context, run)),
    changes,
    usual_ms: usualMs(recent, run.path ?? run.workflow),
  };
}

/** Changed files that are listed. */
const MOST_FILES = 200;

/** What whoever approves it has to look at: its files, those first that run by themselves; null: git cannot tell here. */
async function changesOf({ operations, logger }: WebContext, { run, pullBase }: RunDetail) {
  const paths = await operations.changedFiles(run.repositoryId, run.sha, pullBase).catch((error: unknown) => {
    logger.warn({ err: error, run: run.id }, 'could not tell which files a run changes');
    return undefined;
  });
  if (paths === undefined) return null;
  const all = riskiestFirst(paths);
  const marked = all.filter(({ risk }) => risk !== null).length;
  return { files: all.slice(0, MOST_FILES), total: all.length, marked };
}

/** Data of the page of a run. */
export type RunPageJson = Awaited<ReturnType<typeof runPageData>>;
