import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CONCLUSIONS } from '../../src/model/conclusion.ts';
import type { WorkflowDefinition } from '../../src/model/workflow.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { MIGRATIONS } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { Tables } from '../../src/store/tables.ts';
import { commitWith, FakeExpander, type JobSketch, workflowOf } from '../support/fake-expander.ts';
import { NOW } from '../support/graph.ts';
import { newRepository, openTestStore, pushOf, resultOf } from '../support/store.ts';

/** What may stand under a job; `uses` is added where there is something to call. */
const sketch = fc.record(
  {
    if: fc.constantFrom('always()', 'failure()', 'cancelled()', '!cancelled()', 'false', 'error: no', 'throw'),
    legs: fc.constantFrom(['1'], ['1', '2'], ['1', '2', '3']),
    failFast: fc.boolean(),
    maxParallel: fc.constantFrom(1, 2),
    continueOnError: fc.boolean(),
    concurrency: fc.constantFrom('x', 'y'),
    cancelInProgress: fc.boolean(),
    isLine: fc.boolean(),
    labels: fc.constantFrom(['gpu']),
  },
  { requiredKeys: [] },
);

function jobsOf(sketches: readonly JobSketch[], needs: readonly number[], uses: readonly (string | undefined)[]) {
  return Object.fromEntries(
    sketches.map((job, at): [string, JobSketch] => {
      const called = uses[at % uses.length];
      const needed = (needs[at] ?? 0) % (at + 1); // 0: none; else the job so many before it
      return [
        `j${at}`,
        { ...job, needs: needed === 0 ? [] : [`j${at - needed}`], ...(called === undefined ? {} : { uses: called }) },
      ];
    }),
  );
}

const file = fc
  .tuple(fc.array(sketch, { minLength: 1, maxLength: 3 }), fc.array(sketch, { minLength: 1, maxLength: 4 }))
  .chain(([inner, outer]) =>
    fc.tuple(fc.constant([inner, outer] as const), fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }), fc.boolean()),
  )
  .map(([[inner, outer], needs, isCalling]): WorkflowDefinition => {
    const called = workflowOf(jobsOf(inner, needs.slice(4), [undefined]));
    return workflowOf(jobsOf(outer, needs, isCalling ? [undefined, './called'] : [undefined]), { './called': called });
  });

const concurrency = fc.option(
  fc.record({ group: fc.constantFrom('x', 'z'), cancelInProgress: fc.boolean(), isLine: fc.boolean() }),
  {
    nil: undefined,
  },
);
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('dispatch' as const), file: fc.nat(1), concurrency }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('claim' as const), count: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      which: fc.nat(5),
      conclusion: fc.constantFrom(...CONCLUSIONS.filter((conclusion) => conclusion !== 'skipped')),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), run: fc.nat(6) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('rerun' as const), run: fc.nat(6), failedOnly: fc.boolean() }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

const request = { runner: 'one', labels: ['gpu'], leaseMs: 1_000, now: NOW };
/** What somebody may be told who asks at the wrong moment. */
const REFUSED = ['E_RUN_COMPLETED', 'E_RUN_NOT_COMPLETED', 'E_NOTHING_TO_RERUN'];

/** A store with one repository, and the verdicts that were once told. */
class Subject {
  readonly #store: Store;
  readonly #repository: number;
  readonly #files: readonly WorkflowDefinition[];
  readonly #verdicts = new Map<string, string>();
  #commits = 0;

  constructor(store: Store, repository: number, files: readonly WorkflowDefinition[]) {
    this.#store = store;
    this.#repository = repository;
    this.#files = files;
  }

  async execute(each: Command): Promise<void> {
    const store = this.#store;
    switch (each.do) {
      case 'dispatch': {
        const plan = each.concurrency === undefined ? {} : { concurrency: each.concurrency };
        const commit = commitWith(++this.#commits, this.#files[each.file]!, plan);
        await store.dispatch(pushOf(this.#repository, [commit]), NOW);
        return;
      }
      case 'claim':
        await store.claim(request, each.count);
        return;
      case 'finish': {
        const open = await store.openExecutions();
        const one = open[each.which % Math.max(1, open.length)];
        if (one !== undefined)
          await store.finish(resultOf(one.job, one.execution, { conclusion: each.conclusion }), NOW);
        return;
      }
      case 'lose': {
        const open = await store.openExecutions();
        await store.lose(open.slice(each.which % 4, (each.which % 4) + 1), 'gone', 3, NOW);
        return;
      }
      case 'cancel':
        await store.cancel(each.run, 'somebody asked', NOW).catch(orRefused);
        return;
      case 'rerun':
        await store.rerun(each.run, { failedOnly: each.failedOnly }, NOW).catch(orRefused);
    }
  }

  /** Gives and ends what there is until nothing is left; red and green in turn. */
  async drain(): Promise<void> {
    for (let round = 0; ; round += 1) {
      expect(round).toBeLessThan(500);
      await this.#store.claim(request, 3);
      const [one] = await this.#store.openExecutions();
      if (one === undefined) return;
      const conclusion = one.state === 'cancelling' ? 'cancelled' : round % 3 === 2 ? 'failure' : 'success';
      await this.#store.finish(resultOf(one.job, one.execution, { conclusion }), NOW);
    }
  }

  async check(database: Database<Tables>): Promise<void> {
    const rows = await database.read(async ({ db }) => ({
      runs: await db.selectFrom('runs').selectAll().execute(),
      jobs: await db.selectFrom('jobs').selectAll().execute(),
      leases: await db.selectFrom('leases').selectAll().execute(),
      queue: await db.selectFrom('queue').selectAll().execute(),
      turns: await db.selectFrom('concurrency_turns').selectAll().execute(),
    }));
    const present = rows.jobs.filter((job) => job.is_former === 0);
    const isOpenCall = (id: number) => present.some((job) => job.parent === id);
    const sorted = (ids: readonly number[]) => [...ids].sort((a, b) => a - b);
    const inState = (...states: string[]) =>
      sorted(present.filter((job) => states.includes(job.state) && !isOpenCall(job.id)).map(({ id }) => id));
    expect(inState('leased', 'running', 'cancelling')).toEqual(sorted(rows.leases.map(({ job }) => job)));
    expect(inState('waiting', 'queued')).toEqual(sorted(rows.queue.map(({ job }) => job)));
    for (const job of rows.jobs) if (job.is_former === 1) expect(job.state).toBe('completed');
    for (const run of rows.runs) {
      const own = present.filter((job) => job.run === run.id);
      expect(run.completed_at !== null, `run ${run.id}`).toBe(own.every((job) => job.state === 'completed'));
      this.#keepsItsVerdict(`${run.id} ${run.attempt}`, run.conclusion);
    }
    for (const { max_parallel: most, ...job } of present) {
      const group = present.filter(
        (it) => it.run === job.run && it.parent === job.parent && it.definition === job.definition,
      );
      const active = group.filter(({ state }) => ['queued', 'leased', 'running', 'cancelling'].includes(state));
      if (most !== null) expect(active.length).toBeLessThanOrEqual(most);
    }
    for (const turn of rows.turns) {
      const owner =
        turn.job === 0 ? rows.runs.find(({ id }) => id === turn.run) : present.find(({ id }) => id === turn.job);
      expect(owner).toMatchObject({ turn: turn.turn, completed_at: null });
      if (turn.turn === 'pending')
        expect(rows.turns.some((other) => other.name === turn.name && other.turn === 'held')).toBe(true);
    }
  }

  #keepsItsVerdict(name: string, conclusion: string | null): void {
    const former = this.#verdicts.get(name) ?? null;
    if (former !== null) expect(conclusion, name).toBe(former);
    if (conclusion !== null) this.#verdicts.set(name, conclusion);
  }
}

function orRefused(error: { code?: string }): void {
  if (!REFUSED.includes(error.code ?? '')) throw error;
}

test('whatever happens in whatever order, each attempt of a run of a workflow file ends with exactly one verdict', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(file, file),
      fc.array(command, { minLength: 5, maxLength: 40 }),
      async (files, commands) => {
        await using ci = await openTestStore({ expander: new FakeExpander() });
        const { id } = await ci.store.addRepository(newRepository(), NOW);
        const subject = new Subject(ci.store, id, files);
        const database = await openDatabase<Tables>(ci.path, MIGRATIONS);
        try {
          for (const each of commands) {
            await subject.execute(each);
            await subject.check(database);
          }
          await subject.drain();
          await subject.check(database);
          const open = (await ci.store.runs({})).filter(({ status }) => status !== 'completed');
          expect(open.map(({ number, status }) => [number, status])).toEqual([]);
        } finally {
          await database.close();
        }
      },
    ),
    { numRuns: 25 },
  );
});
