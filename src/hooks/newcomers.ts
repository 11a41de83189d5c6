import PQueue from 'p-queue';
import { backoffMs } from '../support/backoff.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { QueuedPush } from './delivery.ts';
import { forgeNamed } from './forges.ts';
import type { Inbox } from './inbox.ts';
import type { DeliveryStatus } from './inbox-tables.ts';
import type { Organisations } from './organisations.ts';
import { type Outlet, OutletClosedError } from './outlet.ts';

/** Id of a repository in the inbox while it is none yet. */
export const NEWCOMER = 0;

/** What newcomers need. */
export interface NewcomersOptions {
  readonly inbox: Inbox;
  readonly outlet: Pick<Outlet, 'addRepository'>;
  readonly organisations: Organisations;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly retryMs: number;
  /** Is the repository known by now? */
  readonly isKnown: (id: number) => boolean;
  /** Sends a delivery on its way, now that its repository is known. */
  readonly forward: (push: QueuedPush) => void;
  readonly onSettled: (count: number) => void;
}

/** Over an hour, with the waits in between. */
const MAX_TRIES = 20;
const MAX_WAIT_MS = 5 * 60_000;

/**
 * Pushes of repositories that are not watched yet, but are of an organisation that is: the dispatcher is asked to add them, and
 * what waits goes on as soon as they are known. They are on the disk already.
 */
export class Newcomers {
  readonly #options: NewcomersOptions;
  readonly #turns = new PQueue({ concurrency: 2 });
  readonly #waiting: QueuedPush[] = [];
  readonly #timers = new Set<() => void>();
  #isStopped = false;

  constructor(options: NewcomersOptions) {
    this.#options = options;
  }

  /** Takes a delivery that is journaled. */
  add(push: QueuedPush): void {
    void this.#turns.add(() => this.#take(push));
  }

  /** The list of repositories changed: what waited for it goes on. */
  forward(): void {
    const { isKnown, forward } = this.#options;
    for (const push of this.#waiting.splice(0)) {
      if (isKnown(push.repository)) forward(push);
      else this.#waiting.push(push);
    }
  }

  /** Stops; what waits stays in the inbox. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const cancel of this.#timers) cancel();
    this.#turns.clear();
    await this.#turns.onIdle();
  }

  async #take(push: QueuedPush): Promise<void> {
    if (this.#isStopped) return;
    const { inbox, outlet } = this.#options;
    try {
      const source = await this.#sourceOf(push);
      if (source === undefined) return await this.#settle(push, 'ignored', { outcome: 'it is allowed no longer' });
      const repository = await outlet.addRepository({ source, before: { ref: push.ref, sha: push.before } });
      await inbox.adopt(push.seq, repository);
      this.#waiting.push({ ...push, repository });
      this.forward();
    } catch (error) {
      await this.#failed(push, error).catch(() => {}); // it is tried again at the next start
    }
  }

  async #sourceOf({ seq }: QueuedPush): Promise<string | undefined> {
    const delivered = await this.#options.inbox.delivered(seq);
    const forge = delivered && forgeNamed(delivered.forge);
    return forge && this.#options.organisations.placeOf(forge, forge.namesOf(delivered.payload))?.source;
  }

  async #failed(push: QueuedPush, error: unknown): Promise<void> {
    if (error instanceof OutletClosedError || this.#isStopped) return;
    const { inbox, clock, logger, retryMs } = this.#options;
    const tries = push.tries + 1;
    const why = messageOf(error);
    logger.warn({ delivery: push.id, tries, why }, 'a new repository could not be added; it is tried again');
    if (tries >= MAX_TRIES) return this.#settle(push, 'failed', { error: why });
    const again = { ...push, tries };
    await inbox.note([again], why);
    const cancel = clock.after(backoffMs(tries - 1, { firstMs: retryMs, maxMs: MAX_WAIT_MS }), () => {
      this.#timers.delete(cancel);
      this.add(again);
    });
    this.#timers.add(cancel);
  }

  async #settle(
    { seq }: QueuedPush,
    status: DeliveryStatus,
    why: { readonly outcome: string } | { readonly error: string },
  ): Promise<void> {
    const { inbox, clock, onSettled } = this.#options;
    await inbox.settle({ seqs: [seq], status, outcome: null, error: null, at: clock.now(), ...why });
    onSettled(1);
  }
}
