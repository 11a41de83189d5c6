import type { EventRecord } from './event-record.ts';

/** How many events are remembered once there were so many, twice as many at most: those of some hundred jobs. */
const KEPT = 3_000;

/** The newest events, in memory, for all who follow them: whoever keeps up never asks the database. */
export class RecentEvents {
  /** Without a gap; the oldest first. */
  #events: EventRecord[] = [];

  /** An event is on the disk, after all that were added before it. */
  add(event: EventRecord): void {
    const last = this.#events.at(-1);
    if (last !== undefined && last.id !== event.id - 1) this.#events = []; // somebody else wrote those between
    this.#events.push(event);
    if (this.#events.length >= 2 * KEPT) this.#events.splice(0, KEPT);
  }

  /** At most `limit` events after `cursor`; undefined if older ones than are remembered are among them. */
  after(cursor: number, limit: number): EventRecord[] | undefined {
    const [oldest] = this.#events;
    if (oldest === undefined || cursor < oldest.id - 1) return undefined;
    const from = cursor - oldest.id + 1;
    return this.#events.slice(from, from + limit);
  }

  clear(): void {
    this.#events = [];
  }

  /** Id of the newest; undefined if none is remembered. */
  get lastId(): number | undefined {
    return this.#events.at(-1)?.id;
  }
}
