import { isNoCommit } from '../model/push.ts';
import { StoreBusyError, StoreFullError } from '../store/errors.ts';
import type { QueuedPush } from './delivery.ts';
import { type Answer, type Dispatch, DispatchFailedError } from './outlet.ts';
import { SourceUnavailableError } from './source-view.ts';

/** Deliveries of one ref and source; at least one. */
export type Pushes = [QueuedPush, ...QueuedPush[]];

/** What becomes of the deliveries of a repository that is gone. */
export const REMOVED = 'the repository was removed';

/** Codes with which a dispatcher says that it cannot now, but will. */
const PASSING = new Set(['E_STORE_FULL', 'E_STORE_BUSY', 'E_STORE_CLOSED', 'E_STORE_BROKEN']);

/** Deliveries of one ref together, in the order of their first; one that failed before, or is no push, stands alone. */
export function groupsOf(pushes: readonly QueuedPush[]): Pushes[] {
  const groups = new Map<string, Pushes>();
  for (const push of pushes) {
    const key = push.tries > 0 || push.event !== 'push' ? `${push.seq}` : `${push.source} ${push.ref}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [push]);
    else group.push(push);
  }
  return [...groups.values()];
}

/** Does it pass by itself, however long it takes? Then nothing is given up. */
export function isPassing(error: unknown): boolean {
  if (error instanceof DispatchFailedError) return PASSING.has(error.reason);
  return error instanceof SourceUnavailableError || error instanceof StoreFullError || error instanceof StoreBusyError;
}

/** How long a delivery that cannot be processed is tried again. */
interface Patience {
  readonly isOver: (tries: number, now: Date) => boolean;
  /** The longest wait between two tries. */
  readonly maxMs: number;
  readonly words: string;
}

/** After so many tries a delivery that cannot be processed is given up. */
const MAX_TRIES = 5;
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
/** Codes with which a dispatcher says that it could not reach the remote. */
const UNREACHABLE = new Set(['E_GIT', 'E_GIT_UNREACHABLE', 'E_PLAN_TIMEOUT']);

/**
 * A push is found again by the next look at its refs; an event that is no push is told once, so that it waits for its remote.
 */
export function patienceFor([first]: Pushes, error: unknown): Patience {
  if (first.event === 'push' || !(error instanceof DispatchFailedError && UNREACHABLE.has(error.reason)))
    return { isOver: (tries) => tries >= MAX_TRIES, maxMs: 10_000, words: 'it is tried again' };
  return {
    isOver: (tries, now) => tries >= MAX_TRIES && now.getTime() - first.receivedAt.getTime() > 3 * DAY_MS,
    maxMs: HOUR_MS,
    words: 'it is tried again for three days, at least once an hour',
  };
}

/** Does the dispatcher not know the repository any more? */
export function isRemoved(error: unknown): boolean {
  return error instanceof DispatchFailedError && error.reason === 'E_UNKNOWN_REPOSITORY';
}

/** In words, for the list of deliveries. */
export function outcomeOf(dispatches: readonly Dispatch[], answers: readonly Answer[]): string {
  const commits = new Set(dispatches.flatMap((dispatch) => dispatch.commits.map(({ sha }) => sha)));
  if (dispatches.some(({ after }) => isNoCommit(after))) return 'the ref was deleted';
  if (commits.size === 0) return 'nothing new';
  const runs = new Set(answers.flatMap((answer) => answer.runs));
  const known = new Set(answers.flatMap((answer) => answer.known ?? []));
  const made = [...runs].filter((id) => !known.has(id));
  if (made.length === 0) return `nothing new, there already: ${runsInWords([...runs].sort(ascending))}`;
  const others = known.size === 0 ? '' : ` (${count(known.size, 'run was', 'runs were')} there already)`;
  return `${count(commits.size, 'commit', 'commits')} dispatched${others}, ${runsInWords(made.sort(ascending))}`;
}

const ascending = (a: number, b: number) => a - b;

function count(of: number, one: string, more: string): string {
  return `${of} ${of === 1 ? one : more}`;
}

/** `run 7`, `runs 7, 8`. */
export function runsInWords(ids: readonly number[]): string {
  return `${ids.length === 1 ? 'run' : 'runs'} ${ids.slice(0, 20).join(', ')}`;
}
