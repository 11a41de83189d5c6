import { runners } from '../../web/src/pages/runners.tsx';
import type { WebContext } from './context.ts';
import { runnerJson } from './json.ts';
import { definePage } from './page-definition.ts';

export const runnersPage = definePage({
  path: '/runners',
  view: runners,
  async load(context) {
    const found = context.operations.runners().map(runnerJson);
    const jobs = found.flatMap(({ executions }) => executions.map(({ job }) => job));
    return { runners: found, running: await runningJobs(context, jobs) };
  },
});

/** What the runners execute, by the names that people know. */
async function runningJobs({ store }: WebContext, ids: readonly number[]) {
  const found = await Promise.all(
    ids.map(async (id) => {
      const job = await store.job(id);
      const run = job && (await store.run(job.runId))?.run;
      if (job === undefined || run === undefined) return [];
      return [{ job: id, name: job.name, run: run.id, repository: run.repository, number: run.number }];
    }),
  );
  return found.flat();
}
