import { expect, test } from 'vitest';
import type { Conclusion } from '../../src/model/conclusion.ts';
import type { JobState } from '../../src/model/job.ts';
import type { GraphFacts, JobFacts } from '../../src/model/job-facts.ts';
import { advance, type Decision } from '../../src/model/run.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const lease = { execution: 1, runner: 'one', expiresAt: AT };

const STATES: Record<'waiting' | 'queued' | 'leased' | 'running' | 'cancelling', JobState> = {
  waiting: { status: 'waiting', on: [{ kind: 'needs', jobs: [] }] },
  queued: { status: 'queued', queuedAt: AT },
  leased: { status: 'leased', lease },
  running: { status: 'running', lease, startedAt: AT },
  cancelling: { status: 'cancelling', lease, why: 'a person asked' },
};

type Said = Partial<GraphFacts> & { readonly needs?: readonly string[] };

/** A job of a workflow file; its definition is its key up to a blank, its parent what stands before the last slash. */
function job(key: string, state: keyof typeof STATES | Conclusion, { needs = [], ...said }: Said = {}): JobFacts {
  const slash = key.lastIndexOf('/');
  const graph: GraphFacts = {
    ...{ definition: key.slice(slash + 1).split(' ')[0] ?? '', parent: slash < 0 ? '' : key.slice(0, slash) },
    ...{ kind: 'job', isExpanded: true, continueOnError: false, failFast: true, maxParallel: null, turn: null },
    ...said,
  };
  const isOpen = (name: string): name is keyof typeof STATES => name in STATES;
  const over = (conclusion: Conclusion): JobState => ({ status: 'completed', conclusion, completedAt: AT });
  return { key, needs, state: isOpen(state) ? STATES[state] : over(state), graph };
}

const definition = (key: string, needs: readonly string[] = [], said: Said = {}) =>
  job(key, 'waiting', { isExpanded: false, needs, ...said });
const call = { kind: 'call' as const };
const two = { maxParallel: 2 };
const deadline = 'fail-fast: b (1) failed';

const TABLE: readonly (readonly [what: string, jobs: readonly JobFacts[], decision: Partial<Decision>])[] = [
  ['a definition that needs nothing is expanded', [definition('b')], { expand: ['b'] }],
  ['one whose needs are under way is not', [job('b', 'running'), definition('t', ['b'])], {}],
  ['one whose needs wait is not', [definition('b'), definition('t', ['b'])], { expand: ['b'] }],
  ['a matrix is needed as a whole', [job('b (1)', 'success'), job('b (2)', 'queued'), definition('t', ['b'])], {}],
  [
    'what failed is over too: conditions decide',
    [job('b (1)', 'failure', { failFast: false }), job('b (2)', 'skipped'), definition('t', ['b'])],
    { expand: ['t'] },
  ],
  ['needs are of the same file', [job('b', 'running'), job('c/x', 'running'), definition('c/b')], { expand: ['c/b'] }],
  [
    'the same id in another file is another job',
    [job('b', 'success'), job('c', 'waiting', call), job('c/b', 'running'), definition('c/t', ['b'])],
    {},
  ],
  ['a leg that has its place joins the queue', [job('b (1)', 'waiting')], { unblock: ['b (1)'] }],
  [
    'so many legs as may',
    [job('b (1)', 'running', two), job('b (2)', 'waiting', two), job('b (3)', 'waiting', two)],
    { unblock: ['b (2)'] },
  ],
  [
    'places are taken by legs in the queue',
    ['1', '2'].map((n) => job(`b (${n})`, 'queued', two)).concat(job('b (3)', 'waiting', two)),
    {},
  ],
  [
    'and by those that are being cancelled',
    [job('b (1)', 'cancelling', { maxParallel: 1 }), job('b (2)', 'waiting', { maxParallel: 1 })],
    {},
  ],
  [
    'places of one matrix are not those of another',
    [job('a (1)', 'running', { maxParallel: 1 }), job('b (1)', 'waiting', { maxParallel: 1 })],
    { unblock: ['b (1)'] },
  ],
  [
    'a leg with a group asks for its turn when it has its place',
    [job('b', 'waiting', { turn: 'wanted' })],
    { acquire: ['b'] },
  ],
  ['it waits while it is not its turn', [job('b', 'waiting', { turn: 'pending' })], {}],
  [
    'and keeps its place meanwhile',
    [
      job('b (1)', 'waiting', { turn: 'pending', maxParallel: 1 }),
      job('b (2)', 'waiting', { turn: 'wanted', maxParallel: 1 }),
    ],
    {},
  ],
  [
    'when it is its turn it joins the queue',
    [job('b', 'waiting', { turn: 'held', maxParallel: 1 })],
    { unblock: ['b'] },
  ],
  ['a call begins as a job does', [job('c', 'waiting', call)], { open: ['c'] }],
  ['a call waits for its jobs', [job('c', 'waiting', call), job('c/b', 'running')], {}],
  [
    'a call is over with its jobs, with the worst of their verdicts',
    [job('c', 'waiting', call), job('c/a', 'success'), job('c/b', 'timed_out')],
    { conclude: [{ key: 'c', conclusion: 'timed_out' }] },
  ],
  [
    'a failure inside that may be is none outside',
    [job('c', 'waiting', call), job('c/b', 'error', { continueOnError: true })],
    { conclude: [{ key: 'c', conclusion: 'success' }] },
  ],
  [
    'calls in matrices have places too: one that began keeps it',
    [
      job('c (1)', 'waiting', { ...call, maxParallel: 1 }),
      job('c (1)/b', 'running'),
      job('c (2)', 'waiting', { ...call, maxParallel: 1 }),
    ],
    {},
  ],
  [
    'when a leg fails the others end, each in its way',
    [
      job('b (1)', 'failure'),
      job('b (2)', 'waiting', { turn: 'pending' }),
      job('b (3)', 'queued'),
      job('b (4)', 'running'),
    ],
    { cancel: ['b (2)', 'b (3)', 'b (4)'].map((key) => ({ key, reason: deadline })) },
  ],
  ['which is said once', [job('b (1)', 'failure'), job('b (2)', 'cancelling'), job('b (3)', 'success')], {}],
  [
    'not if fail-fast is off',
    [job('b (1)', 'failure', { failFast: false }), job('b (2)', 'running', { failFast: false })],
    {},
  ],
  ['not by a leg that may fail', [job('b (1)', 'failure', { continueOnError: true }), job('b (2)', 'running')], {}],
  ['not by one that nobody could test', [job('b (1)', 'error'), job('b (2)', 'running')], {}],
  ['not by one that was cancelled', [job('b (1)', 'cancelled'), job('b (2)', 'running')], {}],
  [
    'of a call in a matrix the jobs end',
    [
      job('b (1)', 'failure', call),
      job('b (2)', 'waiting', call),
      job('b (2)/x', 'running'),
      definition('b (2)/y', ['x']),
    ],
    { cancel: ['b (2)/x', 'b (2)/y'].map((key) => ({ key, reason: deadline })) },
  ],
  ['a run is over when every job is', [job('a', 'success'), job('b', 'failure')], { conclusion: 'failure' }],
  [
    'a failure that may be does not fail it',
    [job('a', 'success'), job('b', 'failure', { continueOnError: true })],
    { conclusion: 'success' },
  ],
  ['all skipped is skipped', [job('a', 'skipped'), job('b', 'skipped')], { conclusion: 'skipped' }],
  [
    'what a call became counts, not each of its jobs',
    [job('c', 'error', call), job('c/b', 'success')],
    { conclusion: 'error' },
  ],
];

test.each(TABLE)('%s', (_, jobs, decision) => {
  const nothing = { unblock: [], skip: [], expand: [], acquire: [], open: [], conclude: [], cancel: [] };
  expect(advance(jobs)).toEqual({ ...nothing, ...decision });
});

test('of a run that waits for its turn nothing begins, but it can end', () => {
  expect(advance([definition('b')], { isHeld: true }).expand).toEqual([]);
  expect(advance([job('b', 'cancelled')], { isHeld: true }).conclusion).toBe('cancelled');
});
