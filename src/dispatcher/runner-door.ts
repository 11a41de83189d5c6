import { type LowDisk, lowDiskWords } from '../model/disk-floor.ts';
import type { HelloMessage } from '../protocol/hello.ts';
import type { ToDispatcher } from '../protocol/to-dispatcher.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { Background } from './background.ts';
import type { Giver } from './giver.ts';
import type { Leases } from './leases.ts';
import type { LogIntake } from './log-intake.ts';
import type { NativeSession } from './native-door.ts';
import type { NativeConnection } from './outgoing.ts';
import type { Pool } from './pool.ts';
import type { Results } from './results.ts';
import { type RunnerHello, RunnerSession, type RunnerSessionOptions } from './runner-session.ts';
import { cancelledMeanwhile, type TakenOver } from './take-over.ts';

/** What {@link openRunner} needs. */
export interface RunnerDesk extends Pick<RunnerSessionOptions, 'ticketOf' | 'objectsOf' | 'pace'> {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
  readonly leases: Leases;
  readonly pool: Pool;
  readonly giver: Giver;
  readonly intake: LogIntake;
  readonly results: Results;
  /** Compares what the runner has with what it should have. */
  readonly takeOver: (session: RunnerSession, hello: RunnerHello) => Promise<TakenOver>;
  /** Somebody came, went or changed: for people. */
  readonly changed: () => void;
}

/** A runner said hello: it takes its place in the pool, and is given work once it was told what it still has. */
export function openRunner(
  { version }: HelloMessage,
  hello: RunnerHello,
  protocol: number,
  connection: NativeConnection,
  desk: RunnerDesk,
): NativeSession {
  const { clock, leases, pool, giver, background } = desk;
  const { leaseMs, heartbeatMs } = leases.times;
  const { ticketOf, objectsOf, pace } = desk;
  const session = new RunnerSession({ connection, hello, version, clock, leaseMs, pace, ticketOf, objectsOf });
  pool.enter(session);
  background.run('note the labels of a runner', () => desk.store.runnerSeen(session.labels, clock.now()));
  background.run('welcome a runner', async () => {
    const taken = await desk.takeOver(session, hello);
    session.welcome({
      type: 'welcome',
      protocol,
      heartbeatMs,
      leaseMs,
      heedsDisk: true,
      ...taken,
      ...pool.saysDrained(hello.name),
    });
    if (taken.resume.length > 0) await cancelledMeanwhile(session, desk.store);
    desk.logger.info({ runner: session.name, slots: hello.slots, ...counts(taken) }, 'a runner is here');
    giver.roomIn(session);
  });
  return {
    message: (message) => hear(message, session, desk),
    log: (chunk) => {
      session.heard();
      if (leases.find(session.name, chunk) !== undefined) desk.intake.take(chunk, session);
    },
    closed: (why) => {
      session.left();
      if (pool.get(session.name) === session) desk.logger.info({ runner: session.name, why }, 'a runner is gone');
      pool.leave(session);
    },
  };
}

function hear(message: ToDispatcher, session: RunnerSession, desk: RunnerDesk): void {
  const { leases, results, pool, giver, changed } = desk;
  session.heard();
  if (pool.get(session.name) !== session) return; // fenced: what it says from now on, its successor says too
  switch (message.type) {
    case 'heartbeat':
      session.send({ type: 'heartbeat_ack', lost: leases.extend(session.name, message.executions) });
      hearOfDisk(message.lowDisk, session, desk);
      break;
    case 'started':
      results.started(session, message, message.at);
      break;
    case 'step':
      results.step(session, message, message.step);
      break;
    case 'finished':
      results.finished(session, message.result);
      break;
    case 'returned':
      returned(session, message, leases, giver);
      break;
    case 'draining':
      session.drains(message.isOwnWish ?? false);
      changed();
      break;
    case 'taking':
      if (pool.isPaused) break; // the dispatcher itself is about to end
      session.takes();
      changed();
      giver.roomIn(session);
      break;
    case 'hello':
    case 'dispatch':
    case 'event':
    case 'add':
      session.refuse('E_HELLO_EXPECTED', `a runner does not say ${message.type} now`);
      break;
    default:
      message satisfies never;
  }
}

function returned(session: RunnerSession, key: ExecutionKey, leases: Leases, giver: Giver): void {
  const held = leases.find(session.name, key);
  const { name, lowDisk } = session;
  const why =
    lowDisk === undefined
      ? 'what ran before it took longer than expected'
      : `runner ${name} has ${lowDiskWords(lowDisk)}`;
  if (held !== undefined) giver.returned(held, why);
}

/** One without room is given nothing; once it has some, whatever waits may come. */
function hearOfDisk(low: LowDisk | undefined, session: RunnerSession, { giver, changed, logger }: RunnerDesk): void {
  const was = session.lowDisk;
  if (!session.saysOfDisk(low)) return;
  changed();
  if (was === undefined) logger.warn({ runner: session.name, ...low }, 'a runner has too little room on its disk');
  if (low === undefined) giver.roomIn(session);
}

function counts({ resume, drop }: TakenOver) {
  return { resumed: resume.length, dropped: drop.length };
}
