import type { ExecutionResult } from '../protocol/execution-result.ts';
import type { LeaseMessage } from '../protocol/from-dispatcher.ts';
import type { ToDispatcher } from '../protocol/to-dispatcher.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { Execution } from './execution.ts';
import { trustOf } from './execution-order.ts';
import type { ExecutionTools } from './execution-tools.ts';
import { Held } from './held.ts';
import { type LogSink, LogStream } from './log-stream.ts';
import { LogWriter } from './log-writer.ts';
import type { Slots } from './slots.ts';
import type { Spool } from './spool.ts';
import type { StopReason } from './step-runner.ts';

/** What holdings are made of. */
export interface HoldingsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly spool: Spool;
  readonly slots: Slots;
  readonly tools: ExecutionTools;
  /** The connection, if there is one. */
  readonly sink: () => LogSink | undefined;
  /** May what has not begun be given back for want of room? A dispatcher that is older would give it again at once. */
  readonly mayReturn: () => boolean;
  /** There is no room on the disk for a job: the dispatcher is to be told, before the job is given back. */
  readonly onNoRoom: () => void;
  /** A job begins, so that it is not given back any more. */
  readonly onBegin: () => void;
  /** An execution has ended, or was acknowledged: there may be nothing left to do. */
  readonly onChanged: () => void;
  /** Everything that was abandoned is over: the dispatcher learns of it by what the next hello does not name. */
  readonly onAbandoned: () => void;
}

type Offsets = readonly (ExecutionKey & { readonly logBytes: number })[];

/** Everything that a runner holds: executions that run, and those that are finished and not acknowledged. */
export class Holdings {
  readonly #options: HoldingsOptions;
  readonly #held = new Map<string, Held>();
  /** Jobs whose slot is not free yet: running, or being cleaned up after. */
  readonly #busy = new Set<Promise<void>>();
  /** Names of executions that are being ended because their end could not be known. */
  readonly #abandoned = new Set<string>();
  /** Found no room while nobody was connected who could be told. */
  readonly #refused = new Set<Held>();
  #isStopping = false;

  constructor(options: HoldingsOptions) {
    this.#options = options;
  }

  /** Takes over what an earlier life of the runner finished. */
  start(): void {
    const { clock, spool } = this.#options;
    for (const { key, result, log, remove, close } of spool.start()) {
      const stream = new LogStream(key, log, clock);
      stream.finish(result);
      const kept = { keep: () => {}, settle: () => Promise.resolve(), remove, close };
      this.#held.set(nameOf(key), new Held({ key, log, stream, isExclusive: false, ...kept }, clock, false));
    }
  }

  /** How many are held. */
  get size(): number {
    return this.#held.size;
  }

  /** Does nothing run, and is everything cleaned up? */
  get isIdle(): boolean {
    return this.#busy.size === 0;
  }

  /** What the runner says it holds. */
  executions(): (ExecutionKey & { readonly logBytes: number; readonly isFinished: boolean })[] {
    const all = [...this.#held.values()];
    return all.map((held) => ({ ...held.key, logBytes: held.logBytes, isFinished: !held.isRunning }));
  }

  /** Begins an execution. One that is held already is not begun again. */
  take(lease: LeaseMessage): void {
    if (this.#held.has(nameOf(lease)) || this.#isStopping) return;
    const done = this.#execute(lease).catch((error: unknown) => this.#couldNotBegin(lease, error));
    this.#busy.add(done);
    void done.then(() => {
      this.#busy.delete(done);
      this.#options.onChanged();
    });
  }

  /** Goes on where the dispatcher says; what it dropped is ended. */
  resume(sink: LogSink, offsets: Offsets, dropped: readonly ExecutionKey[]): void {
    for (const key of dropped) this.drop(key, 'the dispatcher gave it to another runner');
    const bytes = new Map(offsets.map((one) => [nameOf(one), one.logBytes]));
    for (const [name, held] of this.#held) held.attach(sink, bytes.get(name) ?? 0);
    for (const held of this.#refused) this.#giveBack(held);
  }

  /** The connection is gone: everything goes on, and is kept. */
  detach(): void {
    for (const held of this.#held.values()) held.detach();
  }

  /** Ends an execution because somebody wants it, `isForced`: without grace; its result is still told. */
  cancel(key: ExecutionKey, why: string, isForced = false): void {
    const reason = why.startsWith('cancelled') ? why : `cancelled: ${why}`;
    this.#held.get(nameOf(key))?.stop({ conclusion: 'cancelled', reason }, isForced);
  }

  /** Gives it back if it has not begun: somebody else may be free sooner. */
  withdraw(key: ExecutionKey): void {
    const held = this.#held.get(nameOf(key));
    if (held === undefined || held.hasBegun) return;
    this.#return(held);
  }

  /** It is not this runner's any more. */
  drop(key: ExecutionKey, why: string): void {
    const held = this.#held.get(nameOf(key));
    if (held === undefined) return;
    held.drop(why);
    if (!held.isRunning || this.#refused.has(held)) this.#forget(held);
  }

  /** It cannot be known how these will end: they are ended, and nothing is told of them, so that they are begun anew. */
  abandon(keys: readonly ExecutionKey[], why: string): void {
    for (const key of keys) {
      if (this.#held.get(nameOf(key))?.isRunning !== true) continue;
      this.#abandoned.add(nameOf(key));
      this.drop(key, why);
    }
  }

  /** The dispatcher has the result. */
  acknowledged(key: ExecutionKey): void {
    const held = this.#held.get(nameOf(key));
    if (held !== undefined && !held.isRunning) this.#forget(held);
  }

  /** Ends those that must not outlive their lease. */
  stopExclusive(reason: StopReason): void {
    for (const held of this.#held.values()) if (held.isExclusive && held.isRunning) held.stop(reason);
  }

  /** Kills what runs; what is finished stays on disk. Resolves when no process is left. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const held of this.#held.values()) if (held.isRunning) held.drop('the runner was stopped');
    while (this.#busy.size > 0) await Promise.all(this.#busy);
    for (const held of this.#held.values()) held.close();
    this.#held.clear();
    this.#options.spool.stop();
  }

  async #execute(lease: LeaseMessage): Promise<void> {
    const { slots, tools, mayReturn } = this.#options;
    const { held, log } = this.#hold(lease);
    const workspace = workspaceOf(lease);
    const isWanted = () => this.#held.get(nameOf(lease)) === held;
    const free = slots.acquire(() => (isWanted() ? workspace : ''));
    const slot = free instanceof Promise ? await free : free;
    if (!isWanted()) return slots.release(slot); // it was withdrawn meanwhile
    const hasRoom = (await tools.room.make()) === undefined;
    if (!isWanted()) return slots.release(slot);
    if (!hasRoom && mayReturn()) {
      this.#giveBack(held);
      return slots.release(slot);
    }
    const execution = new Execution(lease, slot, log, tools, { ...this.#events(lease, held), hasRoom });
    held.begin(execution);
    this.#options.onBegin();
    const result = await execution.run().catch((error: unknown) => this.#failed(lease, error));
    const heir = slots.heirFor(workspace);
    const isForLater = heir !== undefined && !held.isExclusive;
    if (!isForLater) this.#over(held, result);
    await execution
      .cleanUp(heir !== undefined)
      .catch((error: unknown) => this.#warn(lease, error, 'could not clean up after a job'));
    slots.release(slot, heir);
    if (!isForLater) return;
    await new Promise((resolve) => setImmediate(resolve)); // the next one is started first: then there is time
    this.#over(held, result);
  }

  /** There is no room for it: its job is to wait until there is, here or elsewhere. */
  #giveBack(held: Held): void {
    if (held.isDropped) this.#forget(held);
    else if (this.#options.sink() === undefined) this.#refused.add(held);
    else {
      this.#options.onNoRoom();
      this.#return(held);
    }
  }

  #return(held: Held): void {
    this.#forget(held);
    this.#options.sink()?.send({ type: 'returned', ...held.key });
  }

  #hold(lease: LeaseMessage): { readonly held: Held; readonly log: LogWriter } {
    const { spool, clock, sink } = this.#options;
    const entry = spool.create(lease);
    const { job, execution, spec } = lease;
    const key = { job, execution };
    const log: LogWriter = new LogWriter({
      fd: entry.logFd,
      limitBytes: spec.logLimitBytes,
      onAppended: (bytes) => stream.appended(bytes),
      onFailed: (reason) => held.stop({ conclusion: 'error', reason }),
    });
    const stream = new LogStream(key, log, clock);
    const keep = (result: ExecutionResult) => entry.writeResult(result, log.crc);
    const settle = () => entry.settleResult().catch((error: unknown) => this.#notKept(key, error));
    const close = () => {
      log.close();
      entry.close();
    };
    const remove = () => {
      log.close();
      spool.release(entry);
    };
    const parts = { key, log, stream, isExclusive: spec.exclusive, keep, settle, remove, close };
    const held = new Held(parts, clock, true);
    this.#held.set(nameOf(lease), held);
    const connection = sink();
    if (connection !== undefined) held.attach(connection, 0);
    return { held, log };
  }

  #events({ job, execution, spec }: LeaseMessage, held: Held) {
    const steps = spec.workflow?.job.steps ?? spec.steps;
    const isOnly = spec.install === undefined && steps.length === 1;
    const say = (message: ToDispatcher) => this.#options.sink()?.send(message);
    return {
      started: (at: Date) => say({ type: 'started', job, execution, at: at.getTime() }),
      step: (step: ExecutionResult['steps'][number]) => {
        // Of an only step, `started` and `finished` say it all.
        if (!isOnly && !held.isDropped) say({ type: 'step', job, execution, step });
      },
    };
  }

  #over(held: Held, result: ExecutionResult): void {
    try {
      if (held.isDropped) this.#forget(held);
      else held.finish(result);
      // nothing else runs here: whoever waits for this result should not wait until we have cleaned up as well
      if (this.#busy.size === 1) this.#options.sink()?.flush();
    } catch (error) {
      this.#notKept(held.key, error);
    }
  }

  #notKept(key: ExecutionKey, error: unknown): void {
    this.#warn(key, error, 'a result could not be kept on disk; it is sent, but would not outlive this process');
  }

  #forget(held: Held): void {
    this.#held.delete(nameOf(held.key));
    this.#refused.delete(held);
    held.forget();
    this.#options.onChanged();
    if (this.#abandoned.delete(nameOf(held.key)) && this.#abandoned.size === 0) this.#options.onAbandoned();
  }

  /** Not even its folder could be made: told at once, since it cannot be kept. */
  #couldNotBegin(lease: LeaseMessage, error: unknown): void {
    this.#options.onBegin();
    this.#options.sink()?.send({ type: 'finished', result: this.#failed(lease, error) });
  }

  /** The result of an execution that the runner itself stumbled over. */
  #failed({ job, execution }: LeaseMessage, error: unknown): ExecutionResult {
    this.#warn({ job, execution }, error, 'a job could not be executed');
    return {
      job,
      execution,
      conclusion: 'error',
      reason: `runner ${this.#options.tools.runnerName} could not execute it: ${messageOf(error)}`,
      exit: null,
      startedAt: null,
      completedAt: this.#options.clock.now().getTime(),
      logBytes: this.#held.get(nameOf({ job, execution }))?.logBytes ?? 0,
      logBytesDropped: 0,
      steps: [],
      leftovers: [],
    };
  }

  #warn({ job, execution }: ExecutionKey, error: unknown, what: string): void {
    this.#options.logger.warn({ job, execution, error: messageOf(error) }, what);
  }
}

/** What makes two jobs of a slot have the same folder. */
function workspaceOf(lease: LeaseMessage): string {
  return `${lease.repository.id} ${trustOf(lease)} ${lease.spec.checkout}`;
}

function nameOf({ job, execution }: ExecutionKey): string {
  return `${job}-${execution}`;
}
