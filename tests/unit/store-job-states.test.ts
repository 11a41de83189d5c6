import { expect, test } from 'vitest';
import { IllegalTransitionError, type JobEvent, type JobState, transition } from '../../src/model/job.ts';
import type { Lease } from '../../src/model/lease.ts';

const AT = new Date('2026-01-01T00:00:00Z');
const LATER = new Date('2026-01-01T00:01:00Z');
const LEASE: Lease = { execution: 2, runner: 'one', expiresAt: AT };

const STATES: { readonly [Status in JobState['status']]: Extract<JobState, { status: Status }> } = {
  waiting: { status: 'waiting', on: [{ kind: 'needs', jobs: ['build'] }] },
  queued: { status: 'queued', queuedAt: AT },
  leased: { status: 'leased', lease: LEASE },
  running: { status: 'running', lease: LEASE, startedAt: AT },
  cancelling: { status: 'cancelling', lease: LEASE, why: 'a person asked' },
  completed: { status: 'completed', conclusion: 'success', completedAt: AT },
};

/** Each kind of event, as the holder of execution 2 would say it. */
const EVENTS = {
  unblocked: { type: 'unblocked', at: LATER },
  claimed: { type: 'claimed', lease: LEASE },
  started: { type: 'started', execution: 2, at: LATER },
  extended: { type: 'extended', execution: 2, expiresAt: LATER },
  finished: { type: 'finished', execution: 2, conclusion: 'failure', at: LATER },
  'lost, with another try': { type: 'lost', execution: 2, retry: true, at: LATER },
  'lost for good': { type: 'lost', execution: 2, retry: false, at: LATER },
  retried: { type: 'retried', execution: 2, at: LATER },
  cancelled: { type: 'cancelled', why: 'a person asked', at: LATER },
  skipped: { type: 'skipped', at: LATER },
  concluded: { type: 'concluded', conclusion: 'error', at: LATER },
  rerun: { type: 'rerun', on: [{ kind: 'needs', jobs: ['build'] }] },
} as const satisfies Record<string, JobEvent>;

const extended = { ...LEASE, expiresAt: LATER };
const ended = (conclusion: 'failure' | 'error' | 'cancelled' | 'skipped'): JobState => ({
  status: 'completed',
  conclusion,
  completedAt: LATER,
});
const queuedAgain: JobState = { status: 'queued', queuedAt: LATER };
const cancelling: JobState = { status: 'cancelling', lease: LEASE, why: 'a person asked' };

/** What is allowed, and what it leads to; every other pair is refused. The table of `docs/state-machine.md`. */
const ALLOWED: Record<JobState['status'], Partial<Record<keyof typeof EVENTS, JobState>>> = {
  waiting: {
    unblocked: queuedAgain,
    cancelled: ended('cancelled'),
    skipped: ended('skipped'),
    concluded: ended('error'),
  },
  queued: { claimed: STATES.leased, cancelled: ended('cancelled') },
  leased: {
    started: { status: 'running', lease: LEASE, startedAt: LATER },
    extended: { status: 'leased', lease: extended },
    finished: ended('failure'),
    'lost, with another try': queuedAgain,
    retried: queuedAgain,
    'lost for good': ended('error'),
    cancelled: cancelling,
  },
  running: {
    extended: { ...STATES.running, lease: extended },
    finished: ended('failure'),
    'lost, with another try': queuedAgain,
    retried: queuedAgain,
    'lost for good': ended('error'),
    cancelled: cancelling,
  },
  cancelling: {
    extended: { ...STATES.cancelling, lease: extended },
    finished: ended('failure'),
    'lost, with another try': ended('cancelled'),
    'lost for good': ended('cancelled'),
  },
  completed: { rerun: STATES.waiting },
};

const pairs = Object.values(STATES).flatMap((state) =>
  Object.entries(EVENTS).map(([name, event]) => ({ state, name: name as keyof typeof EVENTS, event })),
);

test.each(pairs)('a job that is $state.status is told "$name"', ({ state, name, event }) => {
  const next = ALLOWED[state.status][name];
  if (next === undefined) expect(() => transition(state, event)).toThrow(IllegalTransitionError);
  else expect(transition(state, event)).toEqual(next);
});

test.each(['started', 'extended', 'finished', 'lost for good'] as const)(
  'what an old execution says ("%s") is refused in every state',
  (name) => {
    for (const state of Object.values(STATES)) {
      expect(() => transition(state, { ...EVENTS[name], execution: 1 })).toThrow(IllegalTransitionError);
    }
  },
);
