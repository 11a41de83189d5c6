import { MAX_EXECUTIONS_FOR_LOST_RUNNERS } from '../model/lease.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { Store } from '../store/store.ts';
import type { Giver } from './giver.ts';
import { keyOf, type Leases } from './leases.ts';
import type { LogIntake } from './log-intake.ts';
import type { RunnerHello, RunnerSession } from './runner-session.ts';

/** What {@link takeOver} needs. */
export interface TakeOverOptions {
  readonly store: Store;
  readonly leases: Leases;
  readonly intake: LogIntake;
  readonly giver: Giver;
}

/** What a runner is told of the executions that it came with. */
export interface TakenOver {
  readonly resume: readonly { readonly job: number; readonly execution: number; readonly logBytes: number }[];
  readonly drop: readonly ExecutionKey[];
}

/**
 * Compares what a runner says it has with what it should have. What it still holds goes on where our copy of the log
 * ends; what is not its own any more it drops; what it should have and does not name is lost at once.
 */
export async function takeOver(
  session: RunnerSession,
  { executions }: RunnerHello,
  { store, leases, intake, giver }: TakeOverOptions,
): Promise<TakenOver> {
  const named = executions.map((key) => ({ key, held: leases.find(session.name, key) }));
  const own = named.flatMap(({ held }) => held ?? []);
  const missing = leases.of(session.name).filter((held) => !own.includes(held) && !held.isFinishing);
  leases.extend(session.name, own.map(keyOf));
  for (const held of own) session.adopt(held);
  const why = 'its runner came back without it';
  if (await leases.lose(missing, why, MAX_EXECUTIONS_FOR_LOST_RUNNERS)) {
    for (const held of missing) intake.end(held);
    giver.wake();
  }
  const strange = named.filter(({ held }) => held === undefined).map(({ key }) => key);
  const isLate = await Promise.all(strange.map((key) => isEvidence(key, store)));
  const resumed = own.map(async (key) => ({ ...keyOf(key), logBytes: await intake.resumeAt(key) }));
  // of what comes too late only the result is wanted: the log ends where the execution was lost
  const late = strange.filter((_, at) => isLate[at]).map((key) => ({ ...keyOf(key), logBytes: key.logBytes }));
  return {
    resume: [...(await Promise.all(resumed)), ...late],
    drop: strange.filter((_, at) => !isLate[at]).map(keyOf),
  };
}

/**
 * What was cancelled while the runner was away. To be told after the welcome; an execution that a runner does not know
 * is nothing to it, so saying it twice is harmless.
 */
export async function cancelledMeanwhile(session: RunnerSession, store: Store): Promise<void> {
  for (const { why, ...key } of await store.openExecutions(session.name))
    if (why !== undefined) session.cancel(key, why);
}

/** A result that comes too late is worth keeping, if we know of the execution and do not have it already. */
async function isEvidence(key: RunnerHello['executions'][number], store: Store): Promise<boolean> {
  if (key.isFinished !== true) return false;
  const job = await store.job(key.job);
  return job?.executions.some((each) => each.number === key.execution && each.outcome === 'lost') ?? false;
}
