import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LEASE_DEFAULTS } from '../model/lease.ts';
import type { FromDispatcher } from '../protocol/from-dispatcher.ts';
import { type HelloMessage, PROTOCOL_VERSIONS } from '../protocol/hello.ts';
import type { Component } from '../support/component.ts';
import { deferred } from '../support/deferred.ts';
import { acquireLock } from '../support/file-lock.ts';
import { hostPort } from '../support/host-port.ts';
import { VERSION } from '../support/version.ts';
import { DiskReport } from './disk-report.ts';
import { type DispatcherAddress, type DispatcherConnection, DispatcherLink } from './dispatcher-link.ts';
import { Holdings } from './holdings.ts';
import { Leaving } from './leaving.ts';
import { keyOfMarker, MARKER_NAME } from './process-table.ts';
import { RunnerRefusedError } from './runner-errors.ts';
import { createParts, type PartsOptions, type RunnerParts } from './runner-parts.ts';
import type { StartOrder } from './starter.ts';

/** What a runner is made of. */
export interface RunnerOptions extends Omit<PartsOptions, 'urlOf' | 'isIdle' | 'onStarterDied'> {
  /** Asked before each connection: the address may change. */
  readonly dispatcher: () => Promise<DispatcherAddress>;
  /** Asked before each connection. */
  readonly token: () => string;
  readonly labels: readonly string[];
  /** Takes one job, then leaves. */
  readonly once?: boolean;
  /** Somebody starts it again when it leaves, so it stays when it is drained. Default: it leaves when it has no more jobs. */
  readonly stays?: boolean;
  /** Called whenever a job has ended and nothing runs. */
  readonly onIdle?: () => void;
}

type Message<T extends FromDispatcher['type']> = Extract<FromDispatcher, { type: T }>;

/**
 * Most jobs that it is given beyond its slots, if those before them are over in a moment. Many: the results of those that are
 * over while the dispatcher writes share its next transaction.
 */
const AHEAD = 16;
/**
 * How long it may wait to tell what happened, in milliseconds, while more jobs wait for its slots: results that are told together
 * share a transaction, and all that follows from one.
 */
const GATHER_MS = 10;
/** A timer that never fires in practice: a runner without connection has nothing else that keeps its process alive. */
const NEVER_MS = 2 ** 30;

/**
 * Executes jobs for a dispatcher, to which it connects out. Silence never stops a job: when the connection is gone the
 * jobs run on, all they produce is kept on disk, and it is handed over when the dispatcher is back. Only exclusive jobs
 * stop themselves, before their lease can be given to another.
 */
export class Runner implements Component {
  /** Resolves when the runner has left: after a drain, or `stop`. Rejects if the dispatcher does not take it. */
  readonly finished: Promise<void>;
  readonly #options: RunnerOptions;
  readonly #parts: RunnerParts;
  readonly #holdings: Holdings;
  readonly #disk: DiskReport;
  readonly #leaving: Leaving;
  readonly #link: DispatcherLink;
  readonly #finished = deferred<void>();
  /** New at each start of the process: a newer session of a name fences the older one. */
  readonly #session = randomUUID();
  #lock: { release(): Promise<void> } | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #stopHeart: (() => void) | undefined;
  #ackedAtMs = 0;
  #wasWelcome = false;
  /** The dispatcher gives nothing to a runner whose disk has too little room. */
  #isDiskHeeded = false;
  #stopping: Promise<void> | undefined;

  constructor(options: RunnerOptions) {
    this.#options = options;
    const { clock, logger } = options;
    const isIdle = () => this.#holdings.isIdle;
    const onStarterDied = (lost: readonly StartOrder[]) => this.#abandon(lost);
    this.#parts = createParts({ ...options, isIdle, onStarterDied, urlOf: (path) => this.#urlOf(path) });
    const { spool, slots, tools } = this.#parts;
    this.#disk = new DiskReport(tools.room, logger);
    const sink = () => this.#link.connection;
    const onChanged = () => this.#changed();
    const onAbandoned = () => this.#link.renew('the process that starts the steps died');
    const mayReturn = () => this.#isDiskHeeded;
    const onNoRoom = () => this.#sayHeartbeat();
    const onBegin = () => this.#leaving.began();
    const told = { sink, mayReturn, onNoRoom, onBegin, onChanged, onAbandoned };
    this.#holdings = new Holdings({ clock, logger, spool, slots, tools, ...told });
    this.#leaving = new Leaving({
      ...{ once: options.once === true, clock, logger },
      holdings: () => this.#holdings,
      connection: () => this.#link.connection,
      leave: () => {
        if (this.#stopping === undefined) this.#finished.resolve(); // else `stop` does, when all has ended
      },
    });
    this.#link = new DispatcherLink({
      dispatcher: options.dispatcher,
      hello: () => this.#hello(),
      mayWaitMs: () => (slots.waiting > (options.slots + 1) / 2 ? GATHER_MS : 0),
      clock,
      logger,
      events: {
        welcomed: (connection, welcome) => this.#welcomed(connection, welcome),
        message: (message) => this.#hear(message),
        lost: (why) => this.#lost(why),
        refused: (refused) => this.#refused(refused),
      },
    });
    this.finished = this.#finished.promise;
    this.finished.catch(() => {}); // whoever waits for it hears of it; a runner that nobody waits for is no bug
  }

  /**
   * Ends what an earlier life left running, then begins to connect; does not wait for the connection.
   * @throws {LockedError} if another runner has this home.
   */
  async start(): Promise<void> {
    const { home, logger } = this.#options;
    this.#lock = await acquireLock(join(home, 'lock.db'));
    const killed = await this.#parts.start();
    if (killed.length > 0)
      logger.warn({ killed }, 'ended what jobs of an earlier life of this runner had left running');
    this.#holdings.start();
    this.#keepAlive = setInterval(() => {}, NEVER_MS);
    this.#link.start();
    await this.#parts.spool.prepare(this.#options.slots);
  }

  /** Takes no new work, finishes what runs, hands it over, leaves: then `finished` resolves. Safe twice. */
  drain(): void {
    this.#leaving.drain();
  }

  /** Its `up` died: it finishes what it has, and leaves; what cannot be handed over stays for its successor. */
  setOrphaned(): void {
    this.#leaving.setOrphaned();
  }

  /** Stops at once: kills what runs, whose jobs will be executed again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#stopHeart?.();
    this.#leaving.stop();
    await this.#holdings.stop();
    this.#link.stop();
    await this.#parts.stop();
    await this.#lock?.release();
    clearInterval(this.#keepAlive);
    this.#finished.resolve();
  }

  #hello(): HelloMessage {
    const { token, name, labels, slots, once, stays } = this.#options;
    return {
      type: 'hello',
      role: 'runner',
      protocol: PROTOCOL_VERSIONS,
      token: token(),
      version: VERSION,
      runner: {
        name,
        labels: [...labels],
        slots,
        session: this.#session,
        host: hostname(),
        pid: process.pid,
        isDraining: this.#leaving.isDraining,
        canResume: this.#leaving.canResume,
        ...(stays === true ? { stays } : {}),
        ahead: once === true ? 0 : AHEAD,
        ...this.#disk.say(),
        executions: this.#holdings.executions(),
      },
    };
  }

  #welcomed(connection: DispatcherConnection, welcome: Message<'welcome'>): void {
    const { clock, logger, name } = this.#options;
    logger.info({ dispatcher: this.#link.address, holds: this.#holdings.size }, 'connected to the dispatcher');
    if (welcome.isDrained === true)
      logger.warn(`somebody has drained this runner: no job is given to it until "signalbox runners resume ${name}"`);
    this.#wasWelcome = true;
    this.#ackedAtMs = clock.monotonicMs();
    this.#stopHeart?.();
    this.#stopHeart = clock.every(welcome.heartbeatMs, () => this.#beat());
    this.#isDiskHeeded = welcome.heedsDisk ?? false;
    this.#holdings.resume(connection, welcome.resume, welcome.drop);
    this.#parts.startStarter();
    this.#watchDisk();
    this.#leaving.leaveIfDone();
  }

  #hear(message: FromDispatcher): void {
    if (message.type === 'lease') this.#holdings.take(message);
    else if (message.type === 'finished_ack') this.#holdings.acknowledged(message);
    else if (message.type === 'heartbeat_ack') this.#beatHeard(message);
    else if (message.type === 'withdraw') this.#holdings.withdraw(message);
    else if (message.type === 'cancel') this.#holdings.cancel(message, message.why, message.force);
    else if (message.type === 'drain') this.#leaving.toldToDrain();
    else if (message.type === 'resume') this.#leaving.toldToResume();
    // The rest is said to observers; how much of a log was acknowledged, the next welcome says again.
  }

  #beat(): void {
    this.#sayHeartbeat();
    this.#watchExclusive();
    this.#watchDisk();
    this.#parts.housekeeping.wake(); // another runner may have made a snapshot that a copy can be made of ahead
  }

  #sayHeartbeat(): void {
    const executions = this.#holdings.executions().map(({ job, execution }) => ({ job, execution }));
    this.#link.connection?.send({ type: 'heartbeat', executions, ...this.#disk.say() });
  }

  /** Tells the dispatcher of the disk at once, if that is another thing than it knows. */
  #watchDisk(): void {
    void this.#disk.watch(() => this.#sayHeartbeat());
  }

  #beatHeard({ lost }: Message<'heartbeat_ack'>): void {
    this.#ackedAtMs = this.#options.clock.monotonicMs();
    for (const key of lost) this.#holdings.drop(key, 'its lease has expired');
  }

  /** Called with each heartbeat, connected or not. */
  #watchExclusive(): void {
    const silenceMs = this.#options.clock.monotonicMs() - this.#ackedAtMs;
    if (silenceMs < (this.#options.limits?.exclusiveStopMs ?? LEASE_DEFAULTS.exclusiveStopMs)) return;
    const reason = `no word from the dispatcher for ${Math.round(silenceMs / 1000)} s: an exclusive job stops before another runner may begin it`;
    this.#holdings.stopExclusive({ conclusion: 'error', reason });
  }

  /** The heart goes on: exclusive jobs live by it. */
  #lost(why: string): void {
    const { logger } = this.#options;
    const holds = this.#holdings.size;
    if (holds > 0) logger.warn({ why, holds }, 'the connection to the dispatcher is gone; jobs go on');
    else if (this.#leaving.isDraining) logger.debug({ why }, 'the connection to the dispatcher has ended');
    else logger.warn({ why }, 'the connection to the dispatcher is gone; it is tried again');
    this.#holdings.detach();
    this.#leaving.leaveIfDone();
  }

  /** Another try is of no use if a newer session has our name, or if we were never welcome. */
  #refused({ code, message }: Message<'refused'>): boolean {
    const { logger, name } = this.#options;
    logger.error({ code }, message);
    if (this.#wasWelcome && code !== 'E_FENCED') return true;
    this.#finished.reject(new RunnerRefusedError(name, message));
    return false;
  }

  #abandon(lost: readonly StartOrder[]): void {
    const keys = lost.flatMap(({ env }) => keyOfMarker(env[MARKER_NAME] ?? '') ?? []);
    this.#holdings.abandon(keys, 'the process that starts the steps died');
  }

  #changed(): void {
    if (this.#holdings.isIdle) this.#options.onIdle?.();
    this.#parts.housekeeping.jobEnded();
    if (this.#disk.isLow) this.#watchDisk(); // what it took may be free again
    this.#leaving.leaveIfDone();
  }

  #urlOf(path: string): string {
    return `http://${hostPort(this.#link.address ?? { host: '127.0.0.1', port: 0 })}${path}`;
  }
}
