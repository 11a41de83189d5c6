import { open } from 'node:fs/promises';
import type { Kysely } from 'kysely';
import { type Database, openDatabase } from '../store/database.ts';
import type { Body, Message } from './message.ts';
import { forgetNotes, noteNames, noteOf, takeNotes } from './notes.ts';
import { type Due, dueOf, enqueue, giveUp, type SinkHealth, sinkHealth, WAITING } from './outbox-rows.ts';
import { OUTBOX_MIGRATIONS, type OutboxTables } from './outbox-tables.ts';

/** Bounds of the outbox. */
export interface OutboxLimits {
  /** A message that could not be sent is given up at this age. Default 7 days. */
  readonly maxAgeMs: number;
  /** Most messages that wait for one sink; beyond it the oldest are given up. Default 10 000. */
  readonly maxWaiting: number;
  /** How long messages that were sent or given up are remembered. Default 30 days. */
  readonly keepMs: number;
  /** Most of them that are remembered. Default 50 000. */
  readonly maxKept: number;
}

const DAY_MS = 86_400_000;

/** Where nothing else is said. */
export const OUTBOX_LIMITS: OutboxLimits = Object.freeze({
  maxAgeMs: 7 * DAY_MS,
  maxWaiting: 10_000,
  keepMs: 30 * DAY_MS,
  maxKept: 50_000,
});

/** How many rows are removed in one transaction. */
const SWEPT = 1_000;

/**
 * The reporter's memory, `reporter.db`: up to where events were told, the messages that came of them, and how each sink
 * is. Each method is durable when its promise is fulfilled.
 */
export class Outbox {
  readonly #database: Database<OutboxTables>;
  readonly limits: OutboxLimits;

  private constructor(database: Database<OutboxTables>, limits: OutboxLimits) {
    this.#database = database;
    this.limits = limits;
  }

  /** Opens the database, readable by its owner alone: messages tell of private repositories. */
  static async open(path: string, limits: Partial<OutboxLimits> = {}): Promise<Outbox> {
    await (await open(path, 'a', 0o600)).close();
    const database = await openDatabase<OutboxTables>(path, OUTBOX_MIGRATIONS);
    return new Outbox(database, { ...OUTBOX_LIMITS, ...limits });
  }

  /** The newest event that was told; undefined: none ever was. */
  async cursor(): Promise<number | undefined> {
    return this.#database.readOne(
      async ({ db }) => (await db.selectFrom('cursor').select('event').executeTakeFirst())?.event,
    );
  }

  /**
   * What came of the events up to `event`, what is to be remembered, and that they were told, in one transaction.
   * @returns the sinks that have something new to send.
   */
  async add(
    event: number,
    messages: readonly Message[],
    at: Date,
    notes: ReadonlyMap<string, Body | null> = new Map(),
  ): Promise<readonly string[]> {
    return this.#database.write(async ({ db }) => {
      await takeNotes(db, notes, at);
      const sinks = new Set<string>();
      for (const message of messages) if (await enqueue(db, message, at)) sinks.add(message.sink);
      await db
        .insertInto('cursor')
        .values({ id: 1, event })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ event }))
        .execute();
      return [...sinks];
    });
  }

  /** What was remembered under this name; undefined: nothing. */
  async note(name: string): Promise<unknown> {
    return this.#read((db) => noteOf(db, name));
  }

  /** Names that begin so. */
  async noteNames(beginning: string): Promise<readonly string[]> {
    return this.#read((db) => noteNames(db, beginning));
  }

  /** Sinks for which messages wait. */
  async waitingSinks(): Promise<readonly string[]> {
    const rows = await this.#read((db) => db.selectFrom('messages').select('sink').distinct().where(WAITING).execute());
    return rows.map(({ sink }) => sink);
  }

  /** What is to be sent next, with what goes with it; and whether more than `crowd` wait. Undefined: nothing is due. */
  async next(sink: string, at: Date, crowd: number): Promise<Due | undefined> {
    return this.#read((db) => dueOf(db, sink, at, crowd));
  }

  /** When the next message of a sink is due; undefined: none waits. */
  async nextDue(sink: string): Promise<Date | undefined> {
    const row = await this.#read((db) =>
      db
        .selectFrom('messages')
        .select((eb) => eb.fn.min('due_at').as('due'))
        .where(WAITING)
        .where('sink', '=', sink)
        .executeTakeFirst(),
    );
    return row?.due === null || row?.due === undefined ? undefined : new Date(Number(row.due));
  }

  /** The other side has these; so the sink is well. */
  async sent(sink: string, seqs: readonly number[], at: Date): Promise<void> {
    await this.#database.write(async ({ db }) => {
      await db
        .updateTable('messages')
        .set({ state: 'sent', settled_at: +at, error: null })
        .where('seq', 'in', [...seqs])
        .execute();
      const health = await sinkHealth(db, sink);
      const well = { failures: 0, failing_since: null, retry_at: null, is_asked: 0, error: null, sent_at: +at };
      await this.#saveHealth(db, { ...health, ...well, sent: health.sent + seqs.length });
    });
  }

  /** They are tried again at `dueAt`; a message that gave way meanwhile stays away. */
  async postpone(seqs: readonly number[], error: string, dueAt: Date | undefined): Promise<void> {
    await this.#database.write(async ({ db }) => {
      await db
        .updateTable('messages')
        .set((eb) => ({ attempts: eb('attempts', '+', 1), error, ...(dueAt === undefined ? {} : { due_at: +dueAt }) }))
        .where('seq', 'in', [...seqs])
        .where(WAITING)
        .execute();
    });
  }

  /** They are never tried again. */
  async giveUp(sink: string, seqs: readonly number[], error: string, at: Date): Promise<void> {
    await this.#database.write(({ db }) => giveUp(db, sink, seqs, error, at));
  }

  /** How a sink is, as it was remembered. */
  async health(sink: string): Promise<SinkHealth> {
    return this.#read((db) => sinkHealth(db, sink));
  }

  /** Remembers that a sink is not well. */
  async failing(
    sink: string,
    error: string,
    retry: { readonly at: Date; readonly isAsked: boolean } | undefined,
    at: Date,
  ): Promise<void> {
    await this.#database.write(async ({ db }) => {
      const health = await sinkHealth(db, sink);
      await this.#saveHealth(db, {
        ...health,
        ...{ failures: health.failures + 1, failing_since: health.failing_since ?? +at, error },
        ...(retry === undefined ? {} : { retry_at: +retry.at, is_asked: retry.isAsked ? 1 : 0 }),
      });
    });
  }

  /** Gives up what is too old or too much, forgets what was settled long ago. @returns how many were given up. */
  async sweep(at: Date): Promise<number> {
    const { maxAgeMs, maxWaiting, keepMs, maxKept } = this.limits;
    let givenUp = 0;
    for (const sink of await this.waitingSinks()) {
      const waiting = await this.#read((db) =>
        db
          .selectFrom('messages')
          .select(['seq', 'created_at'])
          .where(WAITING)
          .where('sink', '=', sink)
          .orderBy('seq')
          .execute(),
      );
      const old = waiting.filter((row) => row.created_at <= +at - maxAgeMs).map((row) => row.seq);
      const tooMany = waiting
        .slice(old.length, Math.max(old.length, waiting.length - maxWaiting))
        .map((row) => row.seq);
      await this.#giveUpAll(sink, old, `it could not be sent for ${Math.round(maxAgeMs / 3_600_000)} hours`, at);
      await this.#giveUpAll(sink, tooMany, `more than ${maxWaiting} wait for this sink, and it was the oldest`, at);
      givenUp += old.length + tooMany.length;
    }
    await this.#forget(+at - keepMs, maxKept);
    await this.#database.write(({ db }) => forgetNotes(db, at));
    return givenUp;
  }

  /** For reading by people, see `summary.ts`. */
  read<T>(query: (db: Kysely<OutboxTables>) => Promise<T>): Promise<T> {
    return this.#read(query);
  }

  /** Waits for what is under way. Safe twice. */
  close(): Promise<void> {
    return this.#database.close();
  }

  async #giveUpAll(sink: string, seqs: readonly number[], why: string, at: Date): Promise<void> {
    for (let from = 0; from < seqs.length; from += SWEPT)
      await this.giveUp(sink, seqs.slice(from, from + SWEPT), why, at);
  }

  async #forget(before: number, maxKept: number): Promise<void> {
    const oldest = await this.#read((db) =>
      db
        .selectFrom('messages')
        .select('settled_at')
        .where('settled_at', 'is not', null)
        .orderBy('settled_at', 'desc')
        .offset(maxKept)
        .limit(1)
        .executeTakeFirst(),
    );
    const limit = Math.max(before, oldest?.settled_at ?? 0);
    for (let removed = SWEPT; removed >= SWEPT; )
      removed = await this.#database.write(async ({ db }) => {
        const rows = db.selectFrom('messages').select('seq').where('settled_at', '<=', limit).limit(SWEPT);
        return Number((await db.deleteFrom('messages').where('seq', 'in', rows).executeTakeFirst()).numDeletedRows);
      });
  }

  async #saveHealth(db: Kysely<OutboxTables>, health: SinkHealth): Promise<void> {
    const { sink: _, ...rest } = health;
    await db
      .insertInto('sinks')
      .values(health)
      .onConflict((conflict) => conflict.column('sink').doUpdateSet(rest))
      .execute();
  }

  #read<T>(query: (db: Kysely<OutboxTables>) => Promise<T>): Promise<T> {
    return this.#database.read(({ db }) => query(db));
  }
}
