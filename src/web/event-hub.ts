import type { EventRecord } from '../store/event-record.ts';
import type { Store } from '../store/store.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { NewsReader } from './news-reader.ts';
import { Paced } from './paced.ts';

/** How many events are kept in memory for readers that are a little behind. */
const KEPT = 4_000;
/** How many events are read from the store at once. */
const BATCH = 500;
/** Most that are kept as text: readers are at the same event, or they are slow. */
const PIECES = 8;
/** More listeners than these are told in rounds, each of them a millisecond further from the last one, up to a second. */
const FEW = 20;
const LONGEST_ROUND_MS = 1_000;

/** Events as text, made once for all who read on from the same one. */
export interface EventsPiece {
  readonly bytes: Buffer;
  /** The last one; the cursor, if there are none. */
  readonly last: number;
  /** There were no more when it was made. */
  readonly isAll: boolean;
}

/** Told of events, oldest first. */
export type EventsListener = (events: readonly EventRecord[]) => void;

type EventSource = Pick<Store, 'events' | 'lastEvent' | 'onEvents'>;

/**
 * Reads new events from the store once for all who watch, instead of once for each. Reads nothing while nobody watches.
 */
export class EventHub {
  readonly #store: EventSource;
  readonly #news: NewsReader;
  readonly #listeners = new Set<EventsListener>();
  /** The newest events, without a gap: all that come after `#base`. */
  #recent: EventRecord[] = [];
  #base: number | undefined;
  /** What the listeners were told last. */
  #told = 0;
  /** What was asked for since the last event, by the event after which it begins. */
  readonly #pieces = new Map<number, EventsPiece>();
  readonly #round: Paced;
  #leave: (() => void) | undefined;

  constructor({ store, clock, logger }: { store: EventSource; clock: Clock; logger: Logger }) {
    this.#store = store;
    const roundMs = () => (this.#listeners.size <= FEW ? 0 : Math.min(LONGEST_ROUND_MS, this.#listeners.size - FEW));
    this.#round = new Paced(clock, roundMs, () => this.#tell());
    const failed = (error: unknown) =>
      logger.warn({ error: messageOf(error) }, 'could not read events; watchers wait for the next one');
    this.#news = new NewsReader(() => this.#readOnce(), failed);
  }

  /** Calls `listener` with what happens from now on; returns what ends it. */
  subscribe(listener: EventsListener): () => void {
    this.#listeners.add(listener);
    this.#leave ??= this.#store.onEvents(() => this.#news.wake());
    if (this.#listeners.size === 1) this.#news.wake();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#leave?.();
      this.#leave = undefined;
      this.#round.cancel();
      this.#pieces.clear();
      this.#recent = [];
      this.#base = undefined;
    };
  }

  /** Id of the newest event that was read; 0 while nobody watches. */
  get newest(): number {
    return this.#recent.at(-1)?.id ?? this.#base ?? 0;
  }

  /** Events after `cursor`, oldest first, from memory where they are there; `make` is the same for all. */
  async after(cursor: number, make: (event: EventRecord) => string): Promise<EventsPiece> {
    const known = this.#pieces.get(cursor);
    if (known !== undefined) return known;
    const isKept = this.#base !== undefined && cursor >= this.#base;
    const from = this.#firstAfter(cursor);
    const events = isKept ? this.#recent.slice(from, from + BATCH) : await this.#store.events(cursor, BATCH);
    const bytes = Buffer.from(events.map(make).join(''));
    const piece = { bytes, last: events.at(-1)?.id ?? cursor, isAll: events.length < BATCH };
    if (this.#pieces.size >= PIECES) this.#pieces.clear();
    if (isKept) this.#pieces.set(cursor, piece);
    return piece;
  }

  async #readOnce(): Promise<void> {
    if (this.#listeners.size === 0) return;
    if (this.#base === undefined) {
      this.#base = await this.#store.lastEvent();
      this.#told = this.#base;
      // a listener may have asked the store a moment before: it has to ask once more
      for (const listener of this.#listeners) listener([]);
    }
    const events = await this.#store.events(this.newest, BATCH);
    if (events.length === 0) return;
    if (events.length === BATCH) this.#news.wake();
    this.#recent.push(...events);
    const dropped = this.#recent.splice(0, Math.max(0, this.#recent.length - KEPT));
    this.#base = dropped.at(-1)?.id ?? this.#base;
    this.#pieces.clear();
    this.#round.ask();
  }

  #tell(): void {
    // what is not in memory any more may have been missed
    const isWhole = this.#base !== undefined && this.#told >= this.#base;
    const events = isWhole ? this.#recent.slice(this.#firstAfter(this.#told)) : [];
    this.#told = this.newest;
    for (const listener of this.#listeners) listener(events);
  }

  /** Where in what is kept the events after `cursor` begin. */
  #firstAfter(cursor: number): number {
    // from the end, which is where those who watch are
    return this.#recent.findLastIndex((event) => event.id <= cursor) + 1;
  }
}
