import * as z from 'zod';
import type { EventMessage } from '../protocol/to-dispatcher.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { RerunWish } from '../store/rerun.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { Store } from '../store/store.ts';
import { CiError } from '../support/ci-error.ts';
import type { Taken } from './observer-door.ts';

/** Most runs of a commit that are looked at. */
const RUNS = 100;

const checkRunSchema = z.object({
  action: z.enum(['rerequested', 'requested_action']),
  check_run: z.object({ external_id: z.string().regex(/^signalbox:\d{1,15}:\d{1,9}$/) }),
  requested_action: z.object({ identifier: z.string() }).optional(),
});
const checkSuiteSchema = z.object({
  action: z.literal('rerequested'),
  check_suite: z.object({ head_sha: z.string() }),
});

/**
 * The buttons of GitHub's checks: "Re-run" and "Rerun failed jobs" of one check, "Re-run all checks" of a commit. Undefined: the
 * event is none of them.
 */
export async function rerunsOf(
  store: Store,
  repository: RepositoryRecord,
  { name, payload, actor }: EventMessage,
  at: Date,
): Promise<Taken | undefined> {
  if (name === 'check_run') {
    const parsed = checkRunSchema.safeParse(payload);
    if (!parsed.success) return undefined;
    const { action, check_run, requested_action } = parsed.data;
    const isFailedOnly = action === 'requested_action';
    if (isFailedOnly && requested_action?.identifier !== 'rerun_failed') return undefined;
    const found = await store.run(Number(check_run.external_id.split(':')[1]));
    // a check names a run by its number alone: one of another repository is none of its business
    if (found === undefined || found.run.repository !== repository.name)
      return { runs: [], note: 'the run of this check is not there any more' };
    return rerun(store, [found.run], { failedOnly: isFailedOnly, by: actor ?? null }, at);
  }
  if (name !== 'check_suite') return undefined;
  const parsed = checkSuiteSchema.safeParse(payload);
  if (!parsed.success) return undefined;
  const { head_sha: sha } = parsed.data.check_suite;
  const runs = await store.runs({ repository: repository.name, sha, limit: RUNS });
  const shown = runs.filter((run) => (run.head ?? run.sha) === sha);
  return rerun(store, newestOf(shown), { failedOnly: false, by: actor ?? null }, at);
}

async function rerun(store: Store, runs: readonly RunRecord[], wish: RerunWish, at: Date): Promise<Taken> {
  const done: number[] = [];
  const notes: string[] = [];
  for (const run of runs)
    try {
      await store.rerun(run.id, wish, at);
      done.push(run.id);
    } catch (error) {
      // it runs again already, or there is nothing to do: pressed twice, or delivered twice
      if (!(error instanceof CiError)) throw error;
      notes.push(error.message);
    }
  if (done.length > 0) return { runs: done };
  return { runs: [], note: notes[0] ?? 'there is no run of this commit' };
}

/** Of runs, newest first, the newest one of each workflow, event and ref. */
function newestOf(runs: readonly RunRecord[]): readonly RunRecord[] {
  const newest = new Map<string, RunRecord>();
  for (const run of runs) {
    const key = JSON.stringify([run.workflow, run.event, run.ref]);
    if (!newest.has(key)) newest.set(key, run);
  }
  return [...newest.values()];
}
