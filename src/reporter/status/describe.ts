import type { ApiRun, ApiRunDetail } from '../../protocol/api-schema.ts';
import { clip } from './clip.ts';
import type { StatusState } from './status-body.ts';

/** What a run is to a forge. A skipped one has passed: a check that is required must not wait for ever. */
export function stateOf({ status, conclusion }: ApiRun): StatusState {
  if (status !== 'completed') return status === 'queued' ? 'queued' : 'running';
  switch (conclusion) {
    case 'success':
    case 'skipped':
      return 'success';
    case 'failure':
    case 'timed_out':
      return 'failure';
    case 'cancelled':
      return 'cancelled';
    default:
      return 'error';
  }
}

/** From what counts least: of several runs of a workflow at a commit, the one that counts most is told. */
const RANKS: readonly string[] = ['skipped', 'cancelled', 'success', 'queued', 'running', 'error', 'failure'];

function rankOf(run: ApiRun): number {
  return RANKS.indexOf(run.conclusion === 'skipped' ? 'skipped' : stateOf(run));
}

/**
 * The run that stands for a workflow at a commit: of the newest one for each event and ref (a push and its pull request, two
 * branches at one commit), the one that counts most. `runs`: newest first.
 */
export function standsFor(runs: readonly ApiRun[], workflow: string): ApiRun | undefined {
  const newest = new Map<string, ApiRun>();
  for (const run of runs) {
    const key = `${run.event} ${run.ref}`;
    if (run.workflow === workflow && !newest.has(key)) newest.set(key, run);
  }
  return [...newest.values()].reduce<ApiRun | undefined>(
    (best, run) => (best === undefined || rankOf(run) > rankOf(best) ? run : best),
    undefined,
  );
}

/** What is said of a run in one line of at most 140 characters. */
export function describeRun(run: ApiRunDetail): string {
  return clip(words(run));
}

function words(run: ApiRunDetail): string {
  const why = run.reason ?? undefined;
  if (run.status === 'queued') return why === undefined ? 'queued' : `queued: ${why}`;
  if (run.status === 'in_progress') return 'running';
  switch (run.conclusion) {
    case 'success':
      return run.retried === true ? `passed after retry${took(run)}` : (why ?? `passed${took(run)}`);
    case 'skipped':
      return `skipped: ${why ?? 'there was nothing to do'}`;
    case 'failure':
      return failure(run);
    case 'timed_out':
      return `took too long${why === undefined ? '' : `: ${why}`}`;
    case 'cancelled':
      return `cancelled${why === undefined ? '' : `: ${why}`}`;
    default:
      return `could not be tested${why === undefined ? '' : `: ${why}`}`;
  }
}

function failure(run: ApiRunDetail): string {
  const { tests } = run;
  const jobs = run.jobs.filter(({ conclusion }) => conclusion === 'failure').map(({ name }) => name);
  const first = tests?.cases.find(({ conclusion, recovered }) => conclusion !== 'success' && !recovered);
  if (tests && tests.failed > 0)
    return `${tests.failed} ${tests.failed === 1 ? 'test' : 'tests'} failed${first === undefined ? '' : `: ${first.name}`}`;
  return jobs.length === 0 ? `failed${took(run)}` : `failed: ${jobs.join(', ')}`;
}

function took({ started_at, completed_at }: ApiRun): string {
  if (started_at === null || completed_at === null) return '';
  const seconds = Math.max(0, Math.round((Date.parse(completed_at) - Date.parse(started_at)) / 1_000));
  if (seconds < 90) return ` in ${seconds} s`;
  return ` in ${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
