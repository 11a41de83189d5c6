import type { RecentRun } from '../store/read-recent.ts';
import type { Store } from '../store/store.ts';
import { flakyJson } from './tests-json.ts';

/** Runs whose durations are drawn, days of the pass rate, and entries of each list. */
const RUNS = 50;
const DAYS = 14;
const LISTED = 5;
const STEPS = 6;
/** A step is told where the medians of so many runs before and after it differ by this share. */
const AROUND = 5;
const STEP_SHARE = 0.2;
const DAY_MS = 86_400_000;

/** How a branch is going, from its newest 300 runs: durations, share that passed, flaky and slow tests, where time goes. */
export async function trendsOf(
  store: Pick<Store, 'run' | 'tests'>,
  repository: number,
  recent: readonly RecentRun[],
  ref: string | null,
) {
  const own = recent.filter((run) => run.event === 'push' && run.ref === ref && run.completedAt !== null);
  const told = own.findLast(isVerdict) ?? own.at(-1); // one that was skipped has no durations
  const workflow = told?.workflow ?? null;
  const durations = own
    .filter((run) => run.workflow === workflow && run.startedAt !== null && isVerdict(run))
    .slice(-RUNS)
    .map((run) => ({
      run: run.id,
      sha: run.sha,
      at: (run.completedAt ?? run.createdAt).toISOString(),
      ms: Math.max(0, Number(run.completedAt) - Number(run.startedAt)),
    }));
  const green = own.findLast((run) => run.workflow === workflow && run.conclusion === 'success');
  const newest = green ?? told;
  const flaky = (await store.tests.flaky(repository)).slice(0, LISTED);
  return {
    ...{ workflow, durations, step: stepIn(durations), pass_rate: passRate(own) },
    flakiest: flaky.map(flakyJson),
    /** Slow tests and where time goes are those of the newest green run; of the newest one where there is no green one. */
    is_green: green !== undefined,
    slowest: newest === undefined ? [] : await slowest(store, newest.id),
    time: newest === undefined ? null : await timeOf(store, newest),
  };
}

function isVerdict({ conclusion }: RecentRun): boolean {
  return conclusion === 'success' || conclusion === 'failure';
}

/** The run at which durations changed most, if they changed clearly. */
function stepIn(durations: readonly { readonly sha: string; readonly ms: number }[]) {
  let found: { sha: string; at: number; by_ms: number } | null = null;
  for (let at = AROUND; at + AROUND <= durations.length; at++) {
    const before = median(durations.slice(at - AROUND, at).map(({ ms }) => ms));
    const after = median(durations.slice(at, at + AROUND).map(({ ms }) => ms));
    const by = after - before;
    const isClear = Math.abs(by) > before * STEP_SHARE && Math.abs(by) > 1_000;
    if (isClear && Math.abs(by) > Math.abs(found?.by_ms ?? 0)) found = { sha: durations[at]?.sha ?? '', at, by_ms: by };
  }
  return found;
}

/** Of each of the last days on which something was tested: how many runs passed, of how many. */
function passRate(runs: readonly RecentRun[]) {
  const days = new Map<string, { day: string; passed: number; of: number }>();
  for (const run of runs.filter((one) => isVerdict(one) || one.conclusion === 'timed_out')) {
    const day = (run.completedAt ?? run.createdAt).toISOString().slice(0, 10);
    const entry = days.get(day) ?? { day, passed: 0, of: 0 };
    entry.of += 1;
    if (run.conclusion === 'success') entry.passed += 1;
    days.set(day, entry);
  }
  const all = [...days.values()].sort((a, b) => (a.day < b.day ? -1 : 1));
  const last = Date.parse(all.at(-1)?.day ?? '1970-01-01');
  return all.filter(({ day }) => last - Date.parse(day) < DAYS * DAY_MS);
}

async function slowest(store: Pick<Store, 'tests'>, run: number) {
  const tests = await store.tests.allOfRun(run);
  // of a test that several jobs execute the slowest one counts
  const byName = new Map<string, (typeof tests)[number]>();
  for (const one of tests) {
    const key = `${one.suite}\n${one.name}`;
    if ((one.durationMs ?? 0) >= (byName.get(key)?.durationMs ?? 0)) byName.set(key, one);
  }
  return [...byName.values()]
    .filter(({ durationMs }) => durationMs !== null && durationMs > 0)
    .sort((a, b) => (b.durationMs ?? 0) - (a.durationMs ?? 0))
    .slice(0, LISTED)
    .map(({ suite, name, durationMs }) => ({ suite, name, ms: durationMs ?? 0 }));
}

/** How long each step of a run took, over all its jobs, the longest first; before them the wait. */
async function timeOf(store: Pick<Store, 'run'>, { id, number, createdAt, startedAt }: RecentRun) {
  const jobs = (await store.run(id))?.jobs ?? [];
  const spent = new Map<string, number>();
  for (const { startedAt: from, completedAt: to, name } of jobs.flatMap((job) => job.steps))
    if (from !== null && to !== null) spent.set(name, (spent.get(name) ?? 0) + Number(to) - Number(from));
  const wait = startedAt === null ? [] : [{ name: 'wait', ms: Math.max(0, Number(startedAt) - Number(createdAt)) }];
  const steps = [...spent].map(([name, ms]) => ({ name, ms })).sort((a, b) => b.ms - a.ms);
  return { run: id, number, parts: [...wait, ...steps.slice(0, STEPS)] };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
