import { duration } from '../../../web/src/words.ts';
import type { Api } from '../../protocol/api.ts';
import { type ApiRun, runsSchema } from '../../protocol/api-schema.ts';
import { runsPath } from '../find-run.ts';

/** Runs that are looked through, and those of them that are counted. */
const LOOKED_THROUGH = 100;
const COUNTED = 10;

/** How long a run of this workflow takes: the median of its last successful ones, in milliseconds; undefined if there are none. */
export async function expectedMs(api: Api, run: ApiRun): Promise<number | undefined> {
  const { repository } = run;
  const path = runsPath({ repository, conclusion: 'success', limit: LOOKED_THROUGH });
  const { runs } = await api.get(path, runsSchema);
  return medianMs(runs, run);
}

/** The median over those of `runs` that are of the same workflow, and were executed rather than taken over. */
export function medianMs(runs: readonly ApiRun[], { workflow, path, id }: ApiRun): number | undefined {
  const times = runs
    .filter((one) => one.id !== id && one.workflow === workflow && one.path === path && !one.reused_from)
    .slice(0, COUNTED)
    .flatMap(({ started_at: from, completed_at: to }) => (from && to ? [Date.parse(to) - Date.parse(from)] : []))
    .sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)];
}

/** `about 4 s left`, past the estimate `over by 20 s`; empty where nothing is known. */
export function leftWords(elapsedMs: number, expected: number | undefined): string {
  if (expected === undefined) return '';
  const left = expected - elapsedMs;
  // seconds are counted down: nothing finer is known
  const whole = Math.max(1_000, Math.ceil(Math.abs(left) / 1_000) * 1_000);
  const words = duration(whole).replace(/^(\d)\.0 s$/, '$1 s');
  return left >= 0 ? `about ${words} left` : `over by ${words}`;
}

/** A bar of `width` columns; the part that is done is drawn thicker, so that it is seen without colours. */
export function bar(fraction: number, width: number): readonly [done: string, open: string] {
  const done = Math.round(Math.max(0, Math.min(1, fraction)) * width);
  return ['━'.repeat(done), '╌'.repeat(width - done)];
}
