import type { Conclusion } from '../../src/model/conclusion.ts';
import type { ClaimedJob } from '../../src/store/claim.ts';
import type { FinishedExecution } from '../../src/store/finished-execution.ts';
import type { Store } from '../../src/store/store.ts';
import { commitWith, FakeExpander, type JobSketch, workflowOf } from './fake-expander.ts';
import { newRepository, openTestStore, pushOf, resultOf } from './store.ts';

/** When everything happens. */
export const NOW = new Date('2026-01-01T00:00:00Z');

/** A store with a repository and a run of these jobs. */
export async function startRun(
  jobs: Readonly<Record<string, JobSketch>>,
  calls: Parameters<typeof workflowOf>[1] = {},
) {
  const expander = new FakeExpander();
  const ci = await openTestStore({ expander });
  const { id } = await ci.store.addRepository(newRepository(), NOW);
  const [run] = await ci.store.dispatch(pushOf(id, [commitWith(1, workflowOf(jobs, calls))]), NOW);
  return { ...ci, expander, repository: id, run: run! };
}

/** Leases what can be given. */
export async function claim(store: Store, count = 100): Promise<readonly ClaimedJob[]> {
  return store.claim({ runner: 'one', labels: [], leaseMs: 30_000, now: NOW }, count);
}

/** Gives everything that can be given and ends it, green unless said otherwise; returns the keys in order. */
export async function work(
  store: Store,
  verdicts: Readonly<Record<string, Conclusion | Partial<FinishedExecution>>> = {},
) {
  const done: string[] = [];
  for (let jobs = await claim(store); jobs.length > 0; jobs = await claim(store)) {
    for (const { job, execution } of jobs) {
      const key = (await store.job(job))!.key;
      const said = verdicts[key] ?? 'success';
      const more = typeof said === 'string' ? { conclusion: said } : said;
      await store.finish(resultOf(job, execution, more), NOW);
      done.push(key);
    }
  }
  return done;
}

/** Conclusions, or states, of the jobs of a run by key. */
export async function verdictsOf(store: Store, run: number): Promise<Record<string, string>> {
  const { jobs = [] } = (await store.run(run)) ?? {};
  return Object.fromEntries(jobs.map(({ key, conclusion, state }) => [key, conclusion ?? state]));
}
