import type { Generated } from 'kysely';
import type { Migration } from '../store/migrate.ts';

/** Where a message is. `superseded`: a newer one about the same took its place. `given_up`: `error` says why. */
export type MessageState = 'waiting' | 'sent' | 'superseded' | 'given_up';

/** One message to somebody outside. Moments are milliseconds since 1970. */
export interface MessagesTable {
  seq: Generated<number>;
  sink: string;
  key: string;
  subject: string | null;
  bundle: string | null;
  repository: string | null;
  body: string;
  state: MessageState;
  created_at: number;
  /** Not tried before this moment. */
  due_at: number;
  /** Tries that failed. */
  attempts: number;
  /** What was wrong at the last try, in words. */
  error: string | null;
  settled_at: number | null;
}

/** How a sink is. */
export interface SinksTable {
  sink: string;
  /** Tries that failed since the last one that did not. */
  failures: number;
  /** Null: it is well. */
  failing_since: number | null;
  /** Nothing is tried before this moment. */
  retry_at: number | null;
  /** 1: the other side asked for that wait. */
  is_asked: number;
  error: string | null;
  sent_at: number | null;
  sent: number;
  given_up: number;
}

/** Up to where the server's events were told; one row. */
export interface CursorTable {
  id: number;
  event: number;
}

/** What a teller remembers. */
export interface NotesTable {
  name: string;
  /** JSON. */
  value: string;
  changed_at: number;
}

/** All tables of `reporter.db`. */
export interface OutboxTables {
  messages: MessagesTable;
  sinks: SinksTable;
  cursor: CursorTable;
  notes: NotesTable;
}

/** The schema of `reporter.db`. */
export const OUTBOX_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001_outbox',
    async up(db, types) {
      await db.schema
        .createTable('messages')
        .addColumn('seq', types.id)
        .addColumn('sink', 'text', (column) => column.notNull())
        .addColumn('key', 'text', (column) => column.notNull())
        .addColumn('subject', 'text')
        .addColumn('bundle', 'text')
        .addColumn('repository', 'text')
        .addColumn('body', types.json, (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addColumn('due_at', types.instant, (column) => column.notNull())
        .addColumn('attempts', 'integer', (column) => column.notNull())
        .addColumn('error', 'text')
        .addColumn('settled_at', types.instant)
        .execute();
      const index = (name: string, ...columns: string[]) => db.schema.createIndex(name).on('messages').columns(columns);
      await index('messages_by_key', 'sink', 'key').execute();
      await index('messages_by_subject', 'sink', 'subject')
        .where('subject' as never, 'is not', null)
        .execute();
      await index('messages_waiting', 'sink', 'seq')
        .where('state' as never, '=', 'waiting')
        .execute();
      await index('messages_settled', 'settled_at')
        .where('settled_at' as never, 'is not', null)
        .execute();
      await db.schema
        .createTable('sinks')
        .addColumn('sink', 'text', (column) => column.primaryKey())
        .addColumn('failures', 'integer', (column) => column.notNull())
        .addColumn('failing_since', types.instant)
        .addColumn('retry_at', types.instant)
        .addColumn('is_asked', 'integer', (column) => column.notNull())
        .addColumn('error', 'text')
        .addColumn('sent_at', types.instant)
        .addColumn('sent', 'integer', (column) => column.notNull())
        .addColumn('given_up', 'integer', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('cursor')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('event', types.reference, (column) => column.notNull())
        .execute();
    },
  },
  {
    name: '0002_notes',
    async up(db, types) {
      await db.schema
        .createTable('notes')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('value', types.json, (column) => column.notNull())
        .addColumn('changed_at', types.instant, (column) => column.notNull())
        .execute();
    },
  },
];
