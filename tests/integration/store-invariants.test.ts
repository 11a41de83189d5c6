import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import type { JobRecord } from '../../src/store/job-record.ts';
import { NO_LANE } from '../../src/store/lanes.ts';
import { MIGRATIONS, openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Tables } from '../../src/store/tables.ts';
import { commitOf, newRepository, openTestStore, plannedJob, pushOf, resultOf } from '../support/store.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const PLANS = [
  [plannedJob('test')],
  [plannedJob('build'), plannedJob('test', { needs: ['build'] }), plannedJob('lint', { labels: ['gpu'] })],
  [],
];

/** What can be asked of a store; numbers choose among what there is. */
const command = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('dispatch' as const),
      commits: fc.array(fc.nat(12), { maxLength: 3, minLength: 1 }),
      plan: fc.nat(2),
      repository: fc.nat(1),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      count: fc.integer({ min: 1, max: 3 }),
      gpu: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('started' as const),
      job: fc.nat(20),
      execution: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      job: fc.nat(20),
      execution: fc.integer({ min: 1, max: 4 }),
      isGreen: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('lose' as const),
      job: fc.nat(20),
      execution: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), repository: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reopen' as const }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** A store, the repositories in it, and what was true of it at some moment and must stay true. */
class Subject {
  store: Store;
  readonly path: string;
  repositories: number[] = [];
  readonly verdicts = new Map<number, string>();
  readonly results = new Map<string, string>();

  constructor(store: Store, path: string) {
    this.store = store;
    this.path = path;
  }

  async repository(n: number): Promise<number> {
    const name = `local/app${n}`;
    const known = (await this.store.repositories()).find((repository) => repository.name === name);
    return (known ?? (await this.store.addRepository(newRepository(name), NOW))).id;
  }

  async execute(command: Command): Promise<void> {
    const { store } = this;
    switch (command.do) {
      case 'dispatch': {
        const commits = command.commits.map((n) => commitOf(n, PLANS[command.plan]));
        await store.dispatch(pushOf(await this.repository(command.repository), commits), NOW);
        return;
      }
      case 'claim': {
        const labels = command.gpu ? ['gpu'] : [];
        await store.claim({ runner: 'one', labels, leaseMs: 1_000, now: NOW }, command.count);
        return;
      }
      case 'started':
        await store.started(command.job, command.execution, NOW);
        return;
      case 'finish':
        await this.finish(command.job, command.execution, command.isGreen);
        return;
      case 'lose':
        await store.lose([{ job: command.job, execution: command.execution }], 'gone', 3, NOW);
        return;
      case 'remove':
        await store.removeRepository(await this.repository(command.repository), NOW);
        return;
      case 'reopen':
        await store.close();
        this.store = await openStore({ path: this.path });
    }
  }

  /** I4: only the holder of the lease changes the job; everybody else is told "stale", or "accepted" for the second time. */
  async finish(job: number, execution: number, isGreen: boolean): Promise<void> {
    const before = await this.store.job(job);
    const isOpen = before?.executions.some(({ number, outcome }) => number === execution && outcome === null) ?? false;
    const wasFinished = before?.executions.some((it) => it.number === execution && it.outcome === 'finished') ?? false;
    const result = resultOf(job, execution, { conclusion: isGreen ? 'success' : 'failure' });
    const { outcome } = await this.store.finish(result, NOW);
    expect(outcome).toBe(isOpen || wasFinished ? 'accepted' : 'stale');
    if (isOpen || before === undefined) return;
    const { executions: _, ...after } = (await this.store.job(job)) as JobRecord;
    expect(before).toMatchObject({ state: after.state, conclusion: after.conclusion, execution: after.execution });
  }

  async check(database: Database<Tables>): Promise<void> {
    const rows = await database.read(async ({ db }) => ({
      runs: await db.selectFrom('runs').selectAll().execute(),
      jobs: await db.selectFrom('jobs').selectAll().execute(),
      leases: await db.selectFrom('leases').selectAll().execute(),
      queue: await db.selectFrom('queue').selectAll().execute(),
      lanes: await db.selectFrom('lanes').selectAll().execute(),
      executions: await db.selectFrom('executions').selectAll().execute(),
    }));
    const ids = (jobs: readonly { id: number }[]) => jobs.map(({ id }) => id).sort((a, b) => a - b);
    const inState = (...states: string[]) => ids(rows.jobs.filter((job) => states.includes(job.state)));
    // I3: what is under way has a lease, and nothing else has one; what waits is in the queue, once
    expect(inState('leased', 'running', 'cancelling')).toEqual(ids(rows.leases.map(({ job }) => ({ id: job }))));
    expect(inState('waiting', 'queued')).toEqual(ids(rows.queue.map(({ job }) => ({ id: job }))));
    for (const lease of rows.leases) {
      expect(rows.jobs.find((job) => job.id === lease.job)?.execution).toBe(lease.execution);
    }
    // I2: one terminal result per execution, and it stays; one verdict per run, and it stays
    for (const { job, number, outcome, conclusion } of rows.executions) {
      const key = `${job}-${number}`;
      const former = this.results.get(key);
      const now = `${outcome} ${conclusion}`;
      if (former !== undefined && former !== 'lost null') expect(now).toBe(former);
      this.results.set(key, now);
    }
    for (const run of rows.runs) {
      const jobs = rows.jobs.filter((job) => job.run === run.id);
      expect(run.completed_at !== null, `run ${run.id}`).toBe(jobs.every((job) => job.state === 'completed'));
      const verdict = run.conclusion ?? 'open';
      const former = this.verdicts.get(run.id) ?? 'open';
      if (former !== 'open') expect(verdict).toBe(former);
      this.verdicts.set(run.id, verdict);
    }
    const identities = rows.runs.map((run) => `${run.repository} ${run.sha}`);
    expect(new Set(identities).size).toBe(identities.length);
    for (const lane of rows.lanes) this.checkLane(lane, rows.queue, rows.leases);
  }

  checkLane(
    lane: { id: number; repository: number; running: number; head_rank: number | null; head_job: number | null },
    queue: readonly { lane: number; rank: number; job: number }[],
    leases: readonly { repository: number }[],
  ): void {
    expect(lane.running).toBe(leases.filter((lease) => lease.repository === lane.repository).length);
    const places = queue.filter((place) => place.lane === lane.id && place.lane !== NO_LANE);
    const [head] = places.sort((a, b) => a.rank - b.rank || a.job - b.job);
    expect([lane.head_rank, lane.head_job]).toEqual([head?.rank ?? null, head?.job ?? null]);
  }
}

test('whatever is asked in whatever order: one result per execution, one verdict per run, nothing runs without a lease', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 40 }), async (commands) => {
      await using ci = await openTestStore();
      const subject = new Subject(ci.store, ci.path);
      const database = await openDatabase<Tables>(ci.path, MIGRATIONS);
      try {
        for (const each of commands) {
          await subject.execute(each);
          await subject.check(database);
        }
      } finally {
        await database.close();
        await subject.store.close();
      }
    }),
    { numRuns: 25 },
  );
});
