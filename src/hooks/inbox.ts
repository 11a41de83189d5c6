import { open } from 'node:fs/promises';
import type { IncomingHttpHeaders } from 'node:http';
import { sql } from 'kysely';
import type { WireRepository } from '../protocol/wire-repository.ts';
import { type Database, openDatabase } from '../store/database.ts';
import type { Arrival, QueuedPush, Settlement, TipMove } from './delivery.ts';
import { INSERT, moveTip, NOTE, QUEUED, queuedOf, rowOf, SETTLE } from './inbox-statements.ts';
import { INBOX_MIGRATIONS, type InboxTables } from './inbox-tables.ts';

/** Bounds on what is kept of old deliveries; those that wait are always kept. */
export interface Retention {
  readonly maxAgeMs: number;
  readonly maxCount: number;
  readonly maxBytes: number;
}

/** A delivery as it came: verified before it was written. */
export interface Delivered {
  readonly forge: string;
  readonly event: string;
  readonly headers: IncomingHttpHeaders;
  readonly payload: unknown;
}

/** 30 days, 100 000 deliveries, 512 MiB of payloads. */
export const RETENTION: Retention = { maxAgeMs: 30 * 86_400_000, maxCount: 100_000, maxBytes: 512 * 1024 * 1024 };

/**
 * The observer's memory, `observer.db`: deliveries, ref tips, and a copy of the repositories. Each method is durable when
 * its promise is fulfilled. Rejected with `StoreFullError` when the disk is full: nothing was changed.
 */
export class Inbox {
  readonly database: Database<InboxTables>;
  #kept = { count: 0, bytes: 0 };

  private constructor(database: Database<InboxTables>) {
    this.database = database;
  }

  /** Opens the database, readable by its owner alone, since it holds secrets. */
  static async open(path: string, options: { maxPages?: number } = {}): Promise<Inbox> {
    await (await open(path, 'a', 0o600)).close();
    const inbox = new Inbox(await openDatabase<InboxTables>(path, INBOX_MIGRATIONS, options));
    inbox.#kept = await inbox.#measure();
    return inbox;
  }

  /** Journals a delivery. @returns its number in the order of arrival; undefined if its id is there already, and it was processed or waits. */
  async add(arrival: Arrival): Promise<number | undefined> {
    const row = rowOf(arrival);
    const seq = await this.database.writeOne(async (session) => (await session.one(INSERT, row))?.seq);
    if (seq !== undefined) {
      this.#kept.count++;
      this.#kept.bytes += arrival.bytes;
    }
    return seq;
  }

  /** What came of deliveries, and with it where the ref is now, in one transaction. */
  async settle(settlement: Settlement): Promise<void> {
    const { seqs, status, outcome, error, at, tip } = settlement;
    await this.database.write(async (session) => {
      if (tip !== undefined) await moveTip(session, tip);
      for (const seq of seqs) await session.run(SETTLE, { seq, status, outcome, error, at: at.getTime() });
    });
  }

  /** Deliveries go on waiting; `error` says for what. */
  async note(pushes: readonly QueuedPush[], error: string): Promise<void> {
    await this.database.write(async (session) => {
      for (const { seq, tries } of pushes) await session.run(NOTE, { seq, error, tries });
    });
  }

  /** All tips. */
  async tips(): Promise<readonly { repository: number; source: string; ref: string; sha: string }[]> {
    return this.database.read((session) => session.db.selectFrom('ref_tips').selectAll().execute());
  }

  /** The copy of the repositories. */
  async repositories(): Promise<unknown[]> {
    const rows = await this.database.read((session) => session.db.selectFrom('repositories').selectAll().execute());
    return rows.map((row) => JSON.parse(row.json));
  }

  /** Replaces the copy, sets the baseline of those that are new, forgets the tips of those that are gone. */
  async replaceRepositories(
    repositories: readonly WireRepository[],
    baseline: readonly TipMove[],
    gone: readonly number[],
  ): Promise<void> {
    await this.database.write(async (session) => {
      const { db } = session;
      for (const id of gone) {
        await db.deleteFrom('ref_tips').where('repository', '=', id).execute();
        await db.deleteFrom('pull_heads').where('repository', '=', id).execute();
      }
      for (const tip of baseline) await moveTip(session, tip);
      await db.deleteFrom('repositories').execute();
      for (const one of repositories) {
        await db
          .insertInto('repositories')
          .values({ id: one.id, json: JSON.stringify({ ...one, credential: undefined }) }) // never on this disk
          .execute();
      }
    });
  }

  /** Pushes that wait, in the order of arrival, after number `after`; at most `limit`. */
  async pending(after: number, limit: number): Promise<readonly QueuedPush[]> {
    const rows = await this.database.read(({ db }) =>
      db
        .selectFrom('deliveries')
        .select(QUEUED)
        .where(sql<boolean>`status = 'pending'`) // a value that is bound would not find the index
        .where('seq', '>', after)
        .orderBy('seq')
        .limit(limit)
        .execute(),
    );
    return rows.map(queuedOf);
  }

  /** Is a delivery of this id held? */
  async has(id: string): Promise<boolean> {
    const row = await this.database.read(({ db }) =>
      db.selectFrom('deliveries').select('seq').where('id', '=', id).executeTakeFirst(),
    );
    return row !== undefined;
  }

  /** The repository of a delivery that had none yet. */
  async adopt(seq: number, repository: number): Promise<void> {
    await this.database.write(({ db }) =>
      db.updateTable('deliveries').set({ repository }).where('seq', '=', seq).execute(),
    );
  }

  /** What was delivered, as it came; undefined if it is forgotten. */
  async delivered(seq: number): Promise<Delivered | undefined> {
    const row = await this.database.read(({ db }) =>
      db
        .selectFrom('deliveries')
        .select(['forge', 'event', 'headers', 'payload'])
        .where('seq', '=', seq)
        .executeTakeFirst(),
    );
    return row && { ...row, headers: JSON.parse(row.headers), payload: JSON.parse(row.payload) };
  }

  /** A stored push waits again, as if it had just come. Undefined if there is no such push. */
  async reopen(id: string): Promise<QueuedPush | undefined> {
    const row = await this.database.write(({ db }) =>
      db
        .updateTable('deliveries')
        .set({ status: 'pending', outcome: null, error: null, tries: 0, processed_at: null })
        .where('id', '=', id)
        .where('ref', 'is not', null)
        .returning(QUEUED)
        .executeTakeFirst(),
    );
    return row && queuedOf(row);
  }

  /** Forgets the oldest deliveries beyond the bounds, some hundred at a time. @returns how many it forgot. */
  async trim(now: Date, { maxAgeMs, maxCount, maxBytes }: Retention = RETENTION): Promise<number> {
    let forgotten = 0;
    for (;;) {
      const isOver = this.#kept.count > maxCount || this.#kept.bytes > maxBytes;
      const before = isOver ? Number.MAX_SAFE_INTEGER : now.getTime() - maxAgeMs;
      const gone = await this.database.write(({ db }) =>
        sql<{ bytes: number }>`delete from deliveries where seq in (select seq from deliveries
          where status != 'pending' and received_at < ${before} order by seq limit ${TRIM_ROWS}) returning bytes`.execute(
          db,
        ),
      );
      this.#kept.count -= gone.rows.length;
      this.#kept.bytes -= gone.rows.reduce((sum, row) => sum + row.bytes, 0);
      forgotten += gone.rows.length;
      if (gone.rows.length < TRIM_ROWS) return forgotten;
    }
  }

  /** Is more kept than there should be, so that {@link trim} is due before its time? */
  isOver({ maxCount, maxBytes }: Retention = RETENTION): boolean {
    return this.#kept.count > maxCount + TRIM_ROWS || this.#kept.bytes > maxBytes * 1.1;
  }

  /** Waits for what was accepted. */
  async close(): Promise<void> {
    await this.database.close();
  }

  async #measure(): Promise<{ count: number; bytes: number }> {
    const row = await this.database.read(({ db }) =>
      db
        .selectFrom('deliveries')
        .select((e) => [e.fn.countAll<number>().as('count'), e.fn.sum<number | null>('bytes').as('bytes')])
        .executeTakeFirst(),
    );
    return { count: Number(row?.count ?? 0), bytes: Number(row?.bytes ?? 0) };
  }
}

/** How many deliveries are forgotten at a time: a short transaction, since others wait for it. */
const TRIM_ROWS = 200;
