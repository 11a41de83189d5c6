import { expect, test } from 'vitest';
import type { Conclusion } from '../../src/model/conclusion.ts';
import type { JobState } from '../../src/model/job.ts';
import type { JobFacts } from '../../src/model/job-facts.ts';
import { advance } from '../../src/model/run.ts';

const AT = new Date('2026-01-01T00:00:00Z');

const done = (conclusion: Conclusion): JobState => ({ status: 'completed', conclusion, completedAt: AT });
const queued: JobState = { status: 'queued', queuedAt: AT };
const running: JobState = {
  status: 'running',
  lease: { execution: 1, runner: 'one', expiresAt: AT },
  startedAt: AT,
};

/** A job and what it needs; without a state it waits. */
function job(key: string, needs: readonly string[], state?: JobState): JobFacts {
  return { key, needs, state: state ?? { status: 'waiting', on: [{ kind: 'needs', jobs: needs }] } };
}

test('a run whose jobs are queued or running has nothing to be done', () => {
  expect(advance([job('a', [], queued), job('b', [], running), job('c', ['a'])])).toMatchObject({
    unblock: [],
    skip: [],
  });
});

test('a job is unblocked when all that it needs succeeded', () => {
  expect(advance([job('a', [], done('success')), job('b', [], running), job('c', ['a', 'b'])]).unblock).toEqual([]);
  const decision = advance([job('a', [], done('success')), job('b', [], done('success')), job('c', ['a', 'b'])]);
  expect(decision).toMatchObject({ unblock: ['c'], skip: [] });
});

test.each(['failure', 'error', 'cancelled', 'timed_out', 'skipped'] as const)(
  'a job is skipped when one that it needs ended with %s, even while others run',
  (conclusion) => {
    const decision = advance([job('a', [], done(conclusion)), job('b', [], running), job('c', ['b', 'a'])]);
    expect(decision.skip).toEqual([{ key: 'c', reason: 'it needs a, which did not succeed' }]);
  },
);

test('a job that needs one which is not there is skipped', () => {
  expect(advance([job('a', ['ghost'])]).skip).toEqual([{ key: 'a', reason: 'it needs ghost, which did not succeed' }]);
});

test('a run has a conclusion when every job is completed, the worst of theirs', () => {
  expect(advance([job('a', [], done('success')), job('b', [], done('failure'))]).conclusion).toBe('failure');
  expect(advance([job('a', [], done('success')), job('b', ['a'], done('skipped'))]).conclusion).toBe('success');
  expect(advance([job('a', [], done('timed_out')), job('b', [], done('error'))]).conclusion).toBe('timed_out');
  expect(advance([job('a', [], done('cancelled')), job('b', [], done('error'))]).conclusion).toBe('error');
  expect(advance([]).conclusion).toBe('skipped');
});

test('a run that was cancelled is that, though a job had failed before; not one that had nothing left to cancel', () => {
  const failed = job('a', [], done('failure'));
  const isCancelled = true;
  expect(advance([failed, job('b', [], done('cancelled'))], { isCancelled }).conclusion).toBe('cancelled');
  expect(advance([failed, job('b', [], done('success'))], { isCancelled }).conclusion).toBe('failure');
  expect(advance([failed, job('b', [], done('cancelled'))]).conclusion).toBe('failure');
});

test('carrying out its decisions ends every run', () => {
  let facts = [job('a', [], done('failure')), job('b', ['a']), job('c', ['b']), job('d', ['c'])];
  let rounds = 0;
  for (let decision = advance(facts); decision.conclusion === undefined; decision = advance(facts)) {
    rounds += 1;
    const skipped = decision.skip.map(({ key }) => key);
    expect(skipped).toHaveLength(1);
    facts = facts.map((fact) => (skipped.includes(fact.key) ? { ...fact, state: done('skipped') } : fact));
  }
  expect(rounds).toBe(3);
  expect(advance(facts).conclusion).toBe('failure');
});
