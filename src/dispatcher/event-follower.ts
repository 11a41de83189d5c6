import { renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EventRecord } from '../store/event-record.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Component } from '../support/component.ts';
import type { Background } from './background.ts';

/** What {@link EventFollower} needs. */
export interface EventFollowerOptions {
  /** Where it keeps how far it came. */
  readonly cursorFile: string;
  /** Where one that was never here before begins: at the oldest event, or with those that come. Default: the oldest. */
  readonly begin?: 'oldest' | 'now';
  readonly store: Pick<Store, 'events' | 'lastEvent' | 'onEvents'>;
  readonly clock: Clock;
  readonly background: Background;
  /** While this is true it waits until no events have come for a moment, also between two pages. Default: it waits for nothing. */
  readonly isBusy?: () => boolean;
  /** Completes "could not …" in the log. */
  readonly what: string;
  /** Does something for events, in their order. Those that it throws at come again, so that doing it twice is harmless. */
  readonly take: (events: readonly EventRecord[]) => Promise<void>;
}

/** How often the cursor is saved, at most, in milliseconds. */
const SAVE_MS = 1_000;
/** Most events that are read at once. */
const PAGE = 200;
/** How long no events must have come, and how long that is waited for, in milliseconds. */
const QUIET_MS = 20;
const PATIENCE_MS = 5_000;

/**
 * Follows the log of events with a cursor in a file, so that nothing is missed over a restart. What was done since the
 * cursor was saved is done again after a crash.
 */
export class EventFollower implements Component {
  readonly #options: EventFollowerOptions;
  #cursor = 0;
  #saved = 0;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #isFollowing = false;
  #following: Promise<void> = Promise.resolve();
  #hasMore = false;
  /** Counts the commits with events. */
  #commits = 0;
  /** Ends a wait. */
  #hurry: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(options: EventFollowerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { cursorFile, store, begin } = this.#options;
    await mkdir(dirname(cursorFile), { recursive: true });
    const saved = await readFile(cursorFile, 'utf8').catch(() => undefined);
    const last = await store.lastEvent();
    this.#cursor = saved === undefined && begin === 'now' ? last : Number(saved) || 0;
    // a new database in an old home begins to count again
    if (this.#cursor > last) this.#cursor = 0;
    this.#saved = saved === undefined ? -1 : this.#cursor;
    this.#stopListening = store.onEvents(() => this.#wake());
    this.#wake();
  }

  async stop(): Promise<void> {
    if (this.#stopListening === undefined) return;
    this.#stopListening();
    this.#stopListening = undefined;
    this.#hurry?.();
    await this.#following;
    this.#saveCursor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #wake(): void {
    this.#hasMore = true;
    this.#commits++;
    if (this.#hurry !== undefined) setImmediate(() => this.#isQuiet() && this.#hurry?.());
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.#following = this.#followAll().finally(() => {
      this.#isFollowing = false;
    });
  }

  /** What failed is tried again at the next event. */
  async #followAll(): Promise<void> {
    const { background, what } = this.#options;
    try {
      // also in between: what came meanwhile is of a burst that goes on
      for (let isStopped = false; this.#hasMore && !isStopped; ) {
        const endMs = this.#options.clock.monotonicMs() + PATIENCE_MS;
        await this.#quietMoment(endMs);
        isStopped = this.#stopListening === undefined; // what it waited with is done all the same
        await this.#followTo(await this.#options.store.lastEvent(), endMs);
      }
    } catch (error) {
      background.report(what, error);
    }
  }

  async #quietMoment(endMs: number): Promise<void> {
    // what has to be quick goes first, and after that it is known whether something is under way
    await new Promise((resolve) => setImmediate(resolve));
    const { clock } = this.#options;
    for (let commits = -1; !this.#isQuiet() && commits !== this.#commits && clock.monotonicMs() < endMs; ) {
      commits = this.#commits;
      await this.#sleep();
    }
  }

  #isQuiet(): boolean {
    return this.#stopListening === undefined || this.#options.isBusy?.() !== true;
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(QUIET_MS, () => this.#hurry?.());
      this.#hurry = () => {
        this.#hurry = undefined;
        cancel();
        resolve();
      };
    });
  }

  /** All events up to the one with this id; till `endMs` it lets go first what comes meanwhile. */
  async #followTo(last: number, endMs: number): Promise<void> {
    this.#hasMore = false;
    while (this.#cursor < last) {
      const before = this.#cursor;
      await this.#follow();
      if (this.#cursor === before) return;
      if (this.#cursor < last) await this.#quietMoment(endMs);
    }
  }

  async #follow(): Promise<void> {
    const { store, clock, take } = this.#options;
    const events = await store.events(this.#cursor, PAGE);
    const last = events.at(-1);
    if (last === undefined) return;
    await take(events);
    this.#cursor = last.id;
    if (clock.monotonicMs() - this.#savedAtMs >= SAVE_MS) this.#saveCursor();
  }

  /** At once: two calls that take less than going through a thread. */
  #saveCursor(): void {
    if (this.#cursor === this.#saved) return;
    const { cursorFile, clock } = this.#options;
    writeFileSync(`${cursorFile}.new`, `${this.#cursor}\n`);
    renameSync(`${cursorFile}.new`, cursorFile);
    this.#saved = this.#cursor;
    this.#savedAtMs = clock.monotonicMs();
  }
}
