import { join } from 'node:path';
import type { Expander } from '../../src/model/expansion.ts';
import type { JobSpec, PlannedJob } from '../../src/model/plan.ts';
import type { FinishedExecution } from '../../src/store/finished-execution.ts';
import type { DispatchedCommit, NewDispatch } from '../../src/store/new-dispatch.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { NewRepository } from '../../src/store/repositories.ts';
import type { Store } from '../../src/store/store.ts';
import { ManualClock } from './manual-clock.ts';
import { tempDir } from './temp.ts';

/** A store in a folder of its own, gone at the end of the scope. */
export interface TestStore extends AsyncDisposable {
  readonly store: Store;
  readonly path: string;
  readonly clock: ManualClock;
}

/** Opens an empty store on a real file, with a clock that stands still. */
export async function openTestStore(options: { maxPages?: number; expander?: Expander } = {}): Promise<TestStore> {
  const dir = await tempDir('signalbox-store-');
  const path = join(dir.path, 'signalbox.db');
  const clock = new ManualClock();
  const store = await openStore({ path, clock, ...options });
  const dispose = async () => {
    await store.close();
    await dir[Symbol.asyncDispose]();
  };
  return { store, path, clock, [Symbol.asyncDispose]: dispose };
}

/** The commit id number `n`. */
export function shaOf(n: number): string {
  return n.toString(16).padStart(40, '0');
}

/** A repository to add. */
export function newRepository(name = 'local/app', more: Partial<NewRepository> = {}): NewRepository {
  return { name, sources: [`/src/${name}`], gitDir: `/src/${name}/.git`, secret: 'hidden', baseline: {}, ...more };
}

/** What a runner has to do: `true`. */
export const SPEC: JobSpec = {
  found: 'ci.sh, since it is executable',
  checkout: true,
  steps: [{ name: 'test', command: ['./ci.sh'] }],
  env: {},
  envPass: [],
  timeoutMs: 3_600_000,
  logLimitBytes: 100_000_000,
  exclusive: false,
};

/** A job of a plan. */
export function plannedJob(key = 'test', more: Partial<PlannedJob> = {}): PlannedJob {
  return { key, name: key, needs: [], labels: [], spec: SPEC, ...more };
}

/** Commit number `n` with a plan of these jobs (default: one). */
export function commitOf(n: number, jobs: readonly PlannedJob[] = [plannedJob()]): DispatchedCommit {
  return {
    sha: shaOf(n),
    tree: shaOf(n + 1_000_000),
    title: `commit ${n}`,
    author: 'Ada <ada@example.org>',
    committedAt: new Date('2026-01-01T00:00:00Z'),
    plan: { workflow: 'tests', keyRef: '', jobs, ...(jobs.length === 0 ? { skipped: 'no tests were found' } : {}) },
  };
}

/** A push of these commits. */
export function pushOf(
  repository: number,
  commits: readonly DispatchedCommit[],
  more: Partial<NewDispatch> = {},
): NewDispatch {
  return {
    ...{ repository, event: 'push', ref: 'refs/heads/main', before: shaOf(0), trigger: 'hook' },
    after: commits.at(-1)?.sha ?? shaOf(0),
    receivedAt: new Date('2026-01-01T00:00:00Z'),
    commits,
    ...more,
  };
}

/** A green result. */
export function resultOf(job: number, execution: number, more: Partial<FinishedExecution> = {}): FinishedExecution {
  const startedAt = new Date('2026-01-01T00:00:01Z');
  const completedAt = new Date('2026-01-01T00:00:02Z');
  const exit = { status: 0 };
  return {
    ...{ job, execution, conclusion: 'success', reason: null, exit, startedAt, completedAt },
    ...{ logBytes: 10, logBytesDropped: 0, leftovers: [] },
    steps: [{ index: 0, name: 'test', conclusion: 'success', startedAt, completedAt, exit, logOffset: 0 }],
    ...more,
  };
}
