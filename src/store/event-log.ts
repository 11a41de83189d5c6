import type { Kysely } from 'kysely';
import type { EventRecord, EventType } from './event-record.ts';
import { RecentEvents } from './recent-events.ts';
import { FIRST, type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const insert = statement(
  (
    db: Kysely<Tables>,
    p: {
      at: number;
      type: EventType;
      repository: string | null;
      run: number | null;
      job: number | null;
      data: string;
    },
  ) =>
    db.insertInto('events').values({
      at: p.at,
      type: p.type,
      repository: p.repository,
      run: p.run,
      job: p.job,
      data: p.data,
    }),
);

const after = statement((db: Kysely<Tables>, p: { cursor: number; limit: number }) =>
  db.selectFrom('events').selectAll().where('id', '>', p.cursor).orderBy('id').limit(p.limit),
);

const newest = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('events').select('id').orderBy('id', 'desc').limit(FIRST),
);

/** What is written of an event; `run` and `job` are null where it concerns none. */
export interface NewEvent {
  readonly at: Date;
  readonly type: EventType;
  readonly repository: string | null;
  readonly run?: number;
  readonly job?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The append-only log of what happened, and those who want to know when it grows. */
export class EventLog {
  readonly #listeners = new Set<() => void>();
  readonly #recent = new RecentEvents();
  #isTelling = false;

  /** Writes one event, in the transaction of what it tells; the listeners are told after its COMMIT. */
  async write(session: Session<Tables>, event: NewEvent): Promise<void> {
    const { at, type, repository, run = null, job = null } = event;
    const data = JSON.stringify(event.data);
    const id = await session.insert(insert, { at: +at, type, repository, run, job, data });
    session.afterCommit(() => {
      this.#recent.add({ id, at: new Date(at), type, repository, run, job, data: event.data });
      this.#tell();
    });
  }

  /** At most `limit` events after `cursor`, oldest first, if all of them are still in memory. */
  recent(cursor: number, limit: number): readonly EventRecord[] | undefined {
    return this.#recent.after(cursor, limit);
  }

  /** Remembers nothing, and tells nobody any more. */
  close(): void {
    this.#recent.clear();
    this.#listeners.clear();
  }

  /** Id of the newest event, if it is still in memory. */
  get lastId(): number | undefined {
    return this.#recent.lastId;
  }

  /** Calls `listener` after each commit that wrote events; returns what ends it. */
  onEvents(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Once for all events of a commit, after what follows from it at once: who listens does so for people. */
  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      for (const listener of this.#listeners) listener();
    });
  }
}

/** Events after `cursor`, oldest first. */
export async function readEvents(session: Session<Tables>, cursor: number, limit: number): Promise<EventRecord[]> {
  const rows = await session.all(after, { cursor, limit });
  return rows.map((row) => ({ ...row, at: new Date(row.at), data: JSON.parse(row.data) }));
}

/** Id of the newest event; 0 if there is none. */
export async function lastEvent(session: Session<Tables>): Promise<number> {
  return (await session.one(newest, {}))?.id ?? 0;
}
