import * as z from 'zod';
import type { EventMessage } from '../protocol/to-dispatcher.ts';
import { RunCompletedError } from '../store/errors.ts';
import type { Store } from '../store/store.ts';

const closedSchema = z.object({
  action: z.literal('closed'),
  pull_request: z.object({ number: z.int().positive() }),
});

/**
 * A pull request was closed: its runs that wait for a person's word are cancelled, since nobody will give it any more.
 * How many those are.
 */
export async function cancelHeldOf(store: Store, message: EventMessage, at: Date): Promise<number> {
  const { name, repository, payload } = message;
  const closed = name === 'pull_request' ? closedSchema.safeParse(payload) : undefined;
  if (!closed?.success) return 0;
  const { number } = closed.data.pull_request;
  const runs = await store.heldRunsOfPull(repository, number);
  for (const run of runs)
    await cancelOne(store, run, `pull request ${number} was closed before anybody approved it`, at);
  return runs.length;
}

async function cancelOne(store: Store, run: number, why: string, at: Date): Promise<void> {
  try {
    await store.cancel(run, why, at);
  } catch (error) {
    if (!(error instanceof RunCompletedError)) throw error; // somebody was quicker
  }
}
