import { expect, test } from 'vitest';
import type { Conclusion } from '../../src/model/conclusion.ts';
import type { JobFacts } from '../../src/model/job-facts.ts';
import { ancestorsOf, needsOf } from '../../src/model/needs.ts';
import { planRerun, type RerunPlan } from '../../src/model/rerun.ts';
import type { JobDefinition } from '../../src/model/workflow.ts';

const AT = new Date('2026-01-01T00:00:00Z');

/** A job that is over. Its definition is its key up to a blank, its parent what stands before the last slash. */
function job(key: string, conclusion: Conclusion, needs: readonly string[] = [], isExpanded = true): JobFacts {
  const slash = key.lastIndexOf('/');
  const graph = {
    ...{ definition: key.slice(slash + 1).split(' ')[0] ?? '', parent: slash < 0 ? '' : key.slice(0, slash) },
    ...{ kind: 'job' as const, isExpanded, continueOnError: false, failFast: true, maxParallel: null, turn: null },
  };
  return { key, needs, state: { status: 'completed', conclusion, completedAt: AT }, graph };
}

const found = (key: string, conclusion: Conclusion, needs: readonly string[] = []): JobFacts => {
  const { graph: _, ...facts } = job(key, conclusion, needs);
  return facts;
};
const at = (definition: string, parent = '') => ({ parent, definition });

const FAILED: readonly (readonly [what: string, jobs: readonly JobFacts[], plan: Partial<RerunPlan>])[] = [
  ['nothing, if nothing failed', [job('a', 'success'), job('b', 'skipped')], {}],
  [
    'a failed job, and what comes after it',
    [job('a', 'failure'), job('b', 'skipped', ['a']), job('c', 'skipped', ['b']), job('d', 'success')],
    { retry: ['a'], reset: [at('b'), at('c')] },
  ],
  [
    'only the legs that failed, or were cancelled with them',
    [job('a (1)', 'success'), job('a (2)', 'error'), job('a (3)', 'cancelled')],
    { retry: ['a (2)', 'a (3)'] },
  ],
  [
    'what could not be expanded is expanded again',
    [job('a', 'error', [], false), job('b', 'skipped', ['a'])],
    { reset: [at('a'), at('b')] },
  ],
  [
    'a failed job behind a failed one is decided anew',
    [job('a', 'failure'), job('b (1)', 'failure', ['a'])],
    { retry: ['a'], reset: [at('b')] },
  ],
  [
    'inside of a call only what failed there; the others stay',
    [
      job('c', 'failure'),
      job('c/x', 'success'),
      job('c/y', 'timed_out'),
      job('c/z', 'skipped', ['y']),
      job('d', 'skipped', ['c']),
    ],
    { reopen: ['c'], retry: ['c/y'], reset: [at('z', 'c'), at('d')] },
  ],
  ['a call that never began is tried as it is', [job('c', 'cancelled')], { retry: ['c'] }],
  [
    'found tests: what failed and what needs it',
    [found('a', 'failure'), found('b', 'skipped', ['a']), found('c', 'success')],
    { retry: ['a', 'b'] },
  ],
];

test.each(FAILED)('a rerun of what failed: %s', (_, jobs, plan) => {
  expect(planRerun(jobs, true)).toEqual({ reset: [], retry: [], reopen: [], ...plan });
});

test('a rerun of all expands all definitions at the top anew, and gives all found tests again', () => {
  const jobs = [job('a (1)', 'success'), job('a (2)', 'success'), job('c', 'success'), job('c/x', 'success')];
  expect(planRerun(jobs, false)).toEqual({ reset: [at('a'), at('c')], retry: [], reopen: [] });
  expect(planRerun([found('a', 'success'), found('b', 'success', ['a'])], false).retry).toEqual(['a', 'b']);
});

const ended = (definition: string, conclusion: Conclusion, outputs: Record<string, string> = {}, completedAt = 0) => ({
  ...{ definition, conclusion, outputs, completedAt, continueOnError: false },
});

test.each([
  [['success', 'skipped'], 'success'],
  [['skipped', 'skipped'], 'skipped'],
  [['success', 'cancelled'], 'cancelled'],
  [['cancelled', 'failure', 'success'], 'failure'],
  [['success', 'error'], 'failure'],
  [['timed_out'], 'failure'],
] as const)('legs that ended with %j are one result: %s', (conclusions, result) => {
  const jobs = conclusions.map((conclusion) => ended('build', conclusion));
  expect(needsOf(jobs)).toEqual({ build: { result, outputs: {} } });
});

test('a job that may fail reads as success; outputs are of the leg that ended last, unless it said nothing', () => {
  expect(needsOf([{ ...ended('a', 'failure'), continueOnError: true }])).toEqual({
    a: { result: 'success', outputs: {} },
  });
  const legs = [
    ended('a', 'success', { x: 'late', y: '' }, 2),
    ended('a', 'success', { x: 'early', y: 'kept', z: '' }, 1),
  ];
  expect(needsOf(legs).a?.outputs).toEqual({ x: 'late', y: 'kept', z: '' });
});

test('ids that are names of every object are ids like others', () => {
  const needs = needsOf([ended('__proto__', 'success', { constructor: '' }), ended('constructor', 'failure')]);
  expect(Object.keys(needs)).toEqual(['__proto__', 'constructor']);
  expect(Object.entries(needs)[0]?.[1]).toEqual({ result: 'success', outputs: { constructor: '' } });
});

test('what comes before a job is found through all that it needs, and a circle does not matter', () => {
  const of = (id: string, needs: readonly string[]) => ({ id, needs }) as unknown as JobDefinition;
  const jobs = [of('a', []), of('b', ['a']), of('c', ['b', 'ghost']), of('x', ['y']), of('y', ['x'])];
  expect([...ancestorsOf({ jobs }, jobs[2]!)].sort()).toEqual(['a', 'b', 'ghost']);
  expect([...ancestorsOf({ jobs }, jobs[3]!)].sort()).toEqual(['x', 'y']);
});
