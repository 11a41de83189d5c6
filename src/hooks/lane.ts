import PQueue from 'p-queue';
import { backoffMs } from '../support/backoff.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { chunksOf } from './chunks.ts';
import type { QueuedPush } from './delivery.ts';
import type { Inbox } from './inbox.ts';
import type { DeliveryStatus } from './inbox-tables.ts';
import { groupsOf, isPassing, isRemoved, outcomeOf, type Pushes, patienceFor, REMOVED } from './lane-rules.ts';
import type { Scope } from './new-commits.ts';
import { occasionsOf, outcomeOfEvents, pushPayload } from './occasions.ts';
import { type Answer, type Dispatch, type Outlet, OutletClosedError } from './outlet.ts';
import { resolvePushes } from './resolver.ts';
import type { SourceKind } from './source-kind.ts';

/** What a lane needs. */
export interface LaneOptions {
  readonly inbox: Inbox;
  readonly outlet: Pick<Outlet, 'dispatch' | 'event'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The repository and its source as they are now; undefined if it was removed. */
  readonly scope: (source: SourceKind, ref: string) => Scope | undefined;
  /** Bounds how many repositories ask git at the same time. */
  readonly gitTurns: PQueue;
  readonly retryMs: number;
  /** So many deliveries do not wait any more. */
  readonly onSettled: (count: number) => void;
}

/** Most deliveries that are looked at together. */
const BATCH = 1_000;

/**
 * The deliveries of one repository on their way to the dispatcher, strictly in order; those of one ref that wait are
 * resolved together. What cannot be processed is tried again and then given up, and does not hold up what is behind it.
 * What waits for the outside (the folder is gone, a disk is full) is tried for as long as it takes.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #turns = new PQueue({ concurrency: 1 });
  #queue: QueuedPush[] = [];
  #isScheduled = false;
  #isStopped = false;
  #isRemoved = false;
  /** What waits for the outside, by source. */
  readonly #parked = new Map<SourceKind, Parked>();
  readonly #expected = new Map<string, { after: string; seq: number }>();
  readonly #givenUp = new Map<string, number>();
  readonly #timers = new Set<() => void>();

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Takes deliveries that are journaled, in order. */
  add(pushes: readonly QueuedPush[]): void {
    for (const { event, source, ref, after, seq } of pushes)
      if (event === 'push') this.#expected.set(`${source} ${ref}`, { after, seq });
    this.#queue.push(...pushes);
    this.#schedule();
  }

  /** Where a ref is said to be by a delivery that waits, or was given up; undefined if there is none. */
  expected(source: SourceKind, ref: string): string | undefined {
    return this.#expected.get(`${source} ${ref}`)?.after;
  }

  /** Forgets what was given up, so that a reconcile tells of it again. */
  forgetGivenUp(): void {
    for (const [key, seq] of this.#givenUp) if (this.#expected.get(key)?.seq === seq) this.#expected.delete(key);
    this.#givenUp.clear();
  }

  /** The outside may be well again: what waits for it is tried now. */
  retry(): void {
    for (const source of [...this.#parked.keys()]) this.#unpark(source);
  }

  /** The repository was removed: what waits is marked. */
  async remove(): Promise<void> {
    this.#isRemoved = true;
    this.#cancelTimers();
    await this.#turns.onIdle();
    const waiting = [...[...this.#parked.values()].flatMap(({ pushes }) => pushes), ...this.#queue.splice(0)];
    if (waiting.length > 0) await this.#settle(waiting, 'ignored', { outcome: REMOVED });
  }

  /** Stops; what waits stays in the inbox. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimers();
    this.#queue = [];
    await this.#turns.onIdle();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isStopped || this.#queue.length === 0) return;
    this.#isScheduled = true;
    void this.#turns.add(() => this.#turn());
  }

  async #turn(): Promise<void> {
    this.#isScheduled = false;
    for (const group of groupsOf(this.#queue.splice(0, BATCH))) {
      if (this.#isStopped) return;
      const parked = this.#parked.get(group[0].source);
      if (parked?.isWaiting === true) parked.pushes.push(...group);
      else await this.#process(group);
    }
    this.#schedule();
  }

  async #process(group: Pushes): Promise<void> {
    try {
      await (group[0].event === 'push' ? this.#dispatchAll(group) : this.#tell(group));
      this.#parked.delete(group[0].source);
    } catch (error) {
      await this.#failed(group, error).catch((worse: unknown) => this.#park(group, worse));
    }
  }

  async #dispatchAll(group: Pushes): Promise<void> {
    const [{ source, ref, repository }] = group;
    const scope = this.#options.scope(source, ref);
    if (scope === undefined)
      return this.#settle(group, 'ignored', { outcome: 'the repository has no such source any more' });
    const { dispatches, tip } = await this.#options.gitTurns.add(() =>
      resolvePushes(scope, group, this.#options.clock),
    );
    const answers: Answer[] = [];
    for (const dispatch of dispatches) {
      const payload = await pushPayload(this.#options.inbox, group, dispatch);
      answers.push(...(await this.#dispatch(scope, { ...dispatch, ...payload })));
    }
    const move = tip === undefined ? {} : { tip: { repository, source, ref, sha: tip } };
    await this.#settle(group, 'processed', { outcome: outcomeOf(dispatches, answers), ...move });
    if (tip !== undefined) scope.tips.move({ repository, source, ref, sha: tip });
  }

  /** Something that is no push: git is asked nothing here, the dispatcher looks for what it needs. */
  async #tell(group: Pushes): Promise<void> {
    const { inbox, outlet } = this.#options;
    const answers: Answer[] = [];
    for (const occasion of await occasionsOf(inbox, group[0])) answers.push(await outlet.event(occasion));
    await this.#settle(group, 'processed', { outcome: outcomeOfEvents(answers) });
  }

  async #dispatch({ told }: Scope, dispatch: Dispatch): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const chunk of chunksOf(dispatch)) {
      answers.push(await this.#options.outlet.dispatch(chunk));
      told.add(
        chunk.commits.map(({ sha }) => sha),
        chunk.trigger,
      );
    }
    return answers;
  }

  async #settle(
    pushes: readonly QueuedPush[],
    status: DeliveryStatus,
    what: Partial<Pick<Parameters<Inbox['settle']>[0], 'outcome' | 'error' | 'tip'>>,
  ): Promise<void> {
    const { inbox, clock, onSettled } = this.#options;
    const seqs = pushes.map((push) => push.seq);
    await inbox.settle({ seqs, status, outcome: null, error: null, at: clock.now(), ...what });
    onSettled(seqs.length);
    for (const { source, ref, seq } of pushes) {
      const key = `${source} ${ref}`;
      if (status === 'failed')
        this.#givenUp.set(key, seq); // still expected: a poll need not tell of it again at once
      else if ((this.#expected.get(key)?.seq ?? Number.POSITIVE_INFINITY) <= seq) this.#expected.delete(key);
    }
  }

  async #failed(group: Pushes, error: unknown): Promise<void> {
    if (error instanceof OutletClosedError || this.#isStopped) return;
    if (this.#isRemoved || isRemoved(error)) return this.#settle(group, 'ignored', { outcome: REMOVED });
    if (isPassing(error)) return this.#park(group, error);
    const tries = Math.max(...group.map((push) => push.tries)) + 1;
    const context = { deliveries: group.map((push) => push.id).slice(0, 10), error: messageOf(error) };
    const patience = patienceFor(group, error);
    if (patience.isOver(tries, this.#options.clock.now())) {
      this.#options.logger.error(context, 'a delivery cannot be processed and is given up; see `signalbox deliveries`');
      return this.#settle(group, 'failed', { error: messageOf(error) });
    }
    this.#options.logger.warn({ ...context, tries }, `a delivery could not be processed; ${patience.words}`);
    const again = group.map((push) => ({ ...push, tries }));
    await this.#options.inbox.note(again, `${messageOf(error)}; ${patience.words}`);
    this.#after(backoffMs(tries - 1, { firstMs: this.#options.retryMs, maxMs: patience.maxMs }), () => {
      this.#queue.unshift(...again);
      this.#schedule();
    });
  }

  /** The outside is not well: all of this source waits, in order, and is tried again together. */
  async #park(group: Pushes, error: unknown): Promise<void> {
    const [{ source }] = group;
    const parked = this.#parked.get(source) ?? { pushes: [], tries: 0, isWaiting: true, why: '' };
    const why = messageOf(error);
    if (parked.why !== why) this.#options.logger.warn({ why, source }, 'deliveries wait');
    this.#parked.set(source, { pushes: [...parked.pushes, ...group], tries: parked.tries + 1, isWaiting: true, why });
    this.#after(backoffMs(parked.tries, { firstMs: 500, maxMs: 60_000 }), () => this.#unpark(source));
    // what cannot be written down is seen in the log
    if (parked.why !== why) await this.#options.inbox.note(group, why).catch(() => {});
  }

  #unpark(source: SourceKind): void {
    const parked = this.#parked.get(source);
    if (parked?.isWaiting !== true || this.#isStopped) return;
    this.#queue.unshift(...parked.pushes);
    this.#parked.set(source, { ...parked, pushes: [], isWaiting: false });
    this.#schedule();
  }

  #after(ms: number, act: () => void): void {
    if (this.#isStopped || this.#isRemoved) return;
    const cancel = this.#options.clock.after(ms, () => {
      this.#timers.delete(cancel);
      act();
    });
    this.#timers.add(cancel);
  }

  #cancelTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }
}

/** What waits for the outside. Not `isWaiting`: it is being tried. */
interface Parked {
  readonly pushes: QueuedPush[];
  readonly tries: number;
  readonly isWaiting: boolean;
  readonly why: string;
}
