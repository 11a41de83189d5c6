import type { EventRecord } from '../store/event-record.ts';
import type { Store } from '../store/store.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';
import { NewsReader } from './news-reader.ts';

/** How many events are kept in memory for readers that are a little behind. */
const KEPT = 1_000;
/** How many events are read from the store at once. */
const BATCH = 500;

/** Told of events, oldest first. */
export type EventsListener = (events: readonly EventRecord[]) => void;

/**
 * Reads new events from the store once for all who watch, instead of once for each. Reads nothing while nobody watches.
 */
export class EventHub {
  readonly #store: Pick<Store, 'events' | 'lastEvent' | 'onEvents'>;
  readonly #news: NewsReader;
  readonly #listeners = new Set<EventsListener>();
  /** The newest events, without a gap: all that come after `#base`. */
  #recent: EventRecord[] = [];
  #base: number | undefined;
  readonly #texts = new WeakMap<EventRecord, string>();
  #leave: (() => void) | undefined;

  constructor(store: Pick<Store, 'events' | 'lastEvent' | 'onEvents'>, logger: Logger) {
    this.#store = store;
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
      this.#recent = [];
      this.#base = undefined;
    };
  }

  /** Id of the newest event that the listeners were told of; 0 while nobody watches. */
  get newest(): number {
    return this.#recent.at(-1)?.id ?? this.#base ?? 0;
  }

  /** Events after `cursor`, oldest first, at most `limit`: from memory where they are there. */
  async after(cursor: number, limit: number): Promise<readonly EventRecord[]> {
    if (this.#base === undefined || cursor < this.#base) return this.#store.events(cursor, limit);
    const from = this.#recent.findIndex((event) => event.id > cursor);
    return from < 0 ? [] : this.#recent.slice(from, from + limit);
  }

  /** What `make` makes of an event, made once for all readers; always the same `make`. */
  once(event: EventRecord, make: (event: EventRecord) => string): string {
    const known = this.#texts.get(event);
    if (known !== undefined) return known;
    const text = make(event);
    this.#texts.set(event, text);
    return text;
  }

  async #readOnce(): Promise<void> {
    if (this.#listeners.size === 0) return;
    if (this.#base === undefined) {
      this.#base = await this.#store.lastEvent();
      // a listener may have asked the store a moment before: it has to ask once more
      for (const listener of this.#listeners) listener([]);
    }
    const events = await this.#store.events(this.newest, BATCH);
    if (events.length === 0) return;
    if (events.length === BATCH) this.#news.wake();
    this.#recent.push(...events);
    const dropped = this.#recent.splice(0, Math.max(0, this.#recent.length - KEPT));
    this.#base = dropped.at(-1)?.id ?? this.#base;
    for (const listener of this.#listeners) listener(events);
  }
}
