import * as z from 'zod';
import type { EventMessage } from '../protocol/to-dispatcher.ts';
import { RunCompletedError } from '../store/errors.ts';
import type { HeldRun } from '../store/held-pulls.ts';
import type { Store } from '../store/store.ts';

const pullSchema = z.object({
  action: z.enum(['closed', 'synchronize']),
  /** Where it was before a push to it; GitHub says it. */
  before: z.string().optional(),
  pull_request: z.object({ number: z.int().positive(), head: z.object({ sha: z.string() }) }),
});

/** What came of an event of a pull request. */
export interface HeldPull {
  readonly message: EventMessage;
  /** The runs that it has made. */
  readonly runs: readonly number[];
  /** Where the pull request is now; undefined: its forge keeps no ref for that, or cannot be asked. */
  readonly headNow: () => Promise<string | undefined>;
}

/**
 * What waits for a person's word about a pull request, and will never get it, is cancelled: all of it where it was closed, and where
 * it was pushed to what is of another commit than it is at, if a run of the same workflow takes its place. How many those are.
 */
export async function cancelHeld(store: Store, { message, runs, headNow }: HeldPull, at: Date): Promise<number> {
  const { name, repository, payload } = message;
  const told = name === 'pull_request' ? pullSchema.safeParse(payload) : undefined;
  if (!told?.success) return 0;
  const { action, before, pull_request: pull } = told.data;
  const held = await store.heldRunsOfPull(repository, pull.number);
  const former = held.filter(({ id }) => !runs.includes(id));
  if (former.length === 0) return 0;
  if (action === 'closed')
    return cancelAll(store, former, `pull request ${pull.number} was closed before anybody approved it`, at);
  // deliveries may be lost, or come out of order: git knows best, and without it only what was there just before gives way
  const head = await headNow();
  const isCurrent = (one: HeldRun) => one.head === (head ?? pull.head.sha);
  const current = held.filter(isCurrent).map(({ path }) => path);
  const isOlder = (one: HeldRun) => !isCurrent(one) && (head !== undefined || one.head === before);
  const older = held.filter((one) => isOlder(one) && current.includes(one.path));
  const where = (head ?? pull.head.sha).slice(0, 9);
  return cancelAll(store, older, `superseded by ${where}, which pull request ${pull.number} is at now`, at);
}

async function cancelAll(store: Store, held: readonly HeldRun[], why: string, at: Date): Promise<number> {
  for (const { id } of held) {
    try {
      await store.cancel(id, why, at);
    } catch (error) {
      if (!(error instanceof RunCompletedError)) throw error; // somebody was quicker
    }
  }
  return held.length;
}
