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

/**
 * What waits for a person's word about a pull request, and will never get it, is cancelled: all of it where it was closed, and what
 * `runs`, those of its newer commit, take the place of. How many those are.
 */
export async function cancelHeld(
  store: Store,
  { name, repository, payload }: EventMessage,
  runs: readonly number[],
  at: Date,
): Promise<number> {
  const told = name === 'pull_request' ? pullSchema.safeParse(payload) : undefined;
  if (!told?.success) return 0;
  const { action, before, pull_request: pull } = told.data;
  const held = (await store.heldRunsOfPull(repository, pull.number)).filter(({ id }) => !runs.includes(id));
  if (held.length === 0) return 0;
  if (action === 'closed')
    return cancelAll(store, held, `pull request ${pull.number} was closed before anybody approved it`, at);
  const newer = new Set((await Promise.all(runs.map((id) => store.run(id)))).map((found) => found?.run.path));
  const { sha } = pull.head;
  // deliveries may come out of order: where it is known, only what was there just before gives way
  const isOlder = ({ head }: HeldRun) => head !== sha && (before === undefined || before === head);
  const former = held.filter((one) => newer.has(one.path) && isOlder(one));
  return cancelAll(store, former, `superseded by ${sha.slice(0, 9)}, which pull request ${pull.number} is at now`, at);
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
