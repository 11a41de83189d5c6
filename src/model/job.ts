import { CiError } from '../support/ci-error.ts';
import type { Conclusion } from './conclusion.ts';
import type { Lease } from './lease.ts';

/** Why a job is not in the queue yet. */
export type WaitReason =
  | { readonly kind: 'needs'; readonly jobs: readonly string[] }
  /** As many legs of its matrix as may are under way (`max-parallel`). */
  | { readonly kind: 'place' }
  /** Somebody else has its concurrency group. */
  | { readonly kind: 'turn' }
  /** It is a call: the jobs of its workflow are not over. */
  | { readonly kind: 'called' };

/** The states of a job; each carries exactly what is true in it. `docs/state-machine.md` draws them. */
export type JobState =
  | { readonly status: 'waiting'; readonly on: readonly [WaitReason, ...WaitReason[]] }
  | { readonly status: 'queued'; readonly queuedAt: Date }
  | { readonly status: 'leased'; readonly lease: Lease } // people see it as queued
  | { readonly status: 'running'; readonly lease: Lease; readonly startedAt: Date }
  | { readonly status: 'cancelling'; readonly lease: Lease; readonly why: string }
  | { readonly status: 'completed'; readonly conclusion: Conclusion; readonly completedAt: Date };

/** What can happen to a job. Those of a runner carry the execution they speak for. */
export type JobEvent =
  | { readonly type: 'unblocked'; readonly at: Date }
  | { readonly type: 'claimed'; readonly lease: Lease }
  | { readonly type: 'started'; readonly execution: number; readonly at: Date }
  | { readonly type: 'extended'; readonly execution: number; readonly expiresAt: Date }
  | { readonly type: 'finished'; readonly execution: number; readonly conclusion: Conclusion; readonly at: Date }
  /** The lease expired or its runner said it has no such job. `retry`: may it be queued again? */
  | { readonly type: 'lost'; readonly execution: number; readonly retry: boolean; readonly at: Date }
  /** It failed, and is to be executed once more. */
  | { readonly type: 'retried'; readonly execution: number; readonly at: Date }
  | { readonly type: 'cancelled'; readonly why: string; readonly at: Date }
  | { readonly type: 'skipped'; readonly at: Date }
  /** It has a verdict without an execution: a call whose jobs are over, or a job that could not be expanded. */
  | { readonly type: 'concluded'; readonly conclusion: Conclusion; readonly at: Date }
  /** Its run is tried again, and it with it. */
  | { readonly type: 'rerun'; readonly on: readonly [WaitReason, ...WaitReason[]] };

/** A job was told something that it cannot do in its state, for instance a message under a lost lease. */
export class IllegalTransitionError extends CiError {
  override readonly name = 'IllegalTransitionError';
  readonly code = 'E_ILLEGAL_TRANSITION';
  constructor(status: JobState['status'], event: JobEvent['type']) {
    super(`a job that is ${status} cannot take the event "${event}"; this is a bug, please report it`);
  }
}

/**
 * The only way a job changes state.
 * @throws {IllegalTransitionError} if `state` does not accept `event`, e.g. a message under a lost lease.
 */
export function transition(state: JobState, event: JobEvent): JobState {
  switch (event.type) {
    case 'unblocked':
      if (state.status !== 'waiting') break;
      return { status: 'queued', queuedAt: event.at };
    case 'claimed':
      if (state.status !== 'queued') break;
      return { status: 'leased', lease: event.lease };
    case 'started':
      if (state.status !== 'leased' || state.lease.execution !== event.execution) break;
      return { status: 'running', lease: state.lease, startedAt: event.at };
    case 'extended':
      if (!isLeased(state) || state.lease.execution !== event.execution) break;
      return { ...state, lease: { ...state.lease, expiresAt: event.expiresAt } };
    case 'finished':
      if (!isLeased(state) || state.lease.execution !== event.execution) break;
      return { status: 'completed', conclusion: event.conclusion, completedAt: event.at };
    case 'lost':
      if (!isLeased(state) || state.lease.execution !== event.execution) break;
      if (state.status === 'cancelling') return { status: 'completed', conclusion: 'cancelled', completedAt: event.at };
      if (!event.retry) return { status: 'completed', conclusion: 'error', completedAt: event.at };
      return { status: 'queued', queuedAt: event.at };
    case 'retried':
      if (!isLeased(state) || state.status === 'cancelling' || state.lease.execution !== event.execution) break;
      return { status: 'queued', queuedAt: event.at };
    case 'cancelled':
      if (state.status === 'leased' || state.status === 'running')
        return { status: 'cancelling', lease: state.lease, why: event.why };
      if (state.status !== 'waiting' && state.status !== 'queued') break;
      return { status: 'completed', conclusion: 'cancelled', completedAt: event.at };
    case 'skipped':
      if (state.status !== 'waiting') break;
      return { status: 'completed', conclusion: 'skipped', completedAt: event.at };
    case 'concluded':
      if (state.status !== 'waiting') break;
      return { status: 'completed', conclusion: event.conclusion, completedAt: event.at };
    case 'rerun':
      if (state.status !== 'completed') break;
      return { status: 'waiting', on: event.on };
    default:
      return event satisfies never; // a new event does not compile until it is handled
  }
  throw new IllegalTransitionError(state.status, event.type);
}

/** Does a runner hold the job? */
export function isLeased(state: JobState): state is Extract<JobState, { lease: Lease }> {
  return state.status === 'leased' || state.status === 'running' || state.status === 'cancelling';
}
