import type { Generated } from 'kysely';
import type { Migration } from '../store/migrate.ts';

/** Where a delivery is. `ignored`: it started nothing. `failed`: it was given up; `error` says why. */
export type DeliveryStatus = 'pending' | 'processed' | 'ignored' | 'failed';

/** One delivery. What comes after `payload` changes; the rest is as it came. */
export interface DeliveriesTable {
  /** Order of arrival. */
  seq: Generated<number>;
  /** The sender's id: what a redelivery repeats. */
  id: string;
  /** Milliseconds since 1970. */
  received_at: number;
  forge: string;
  event: string;
  trigger: string;
  repository: number;
  repository_name: string;
  /** `local` or `remote`: which source it speaks of. This and the next three are null for what is no push. */
  source: string | null;
  ref: string | null;
  before: string | null;
  after: string | null;
  headers: string;
  payload: string;
  bytes: number;
  /** HTTP status of the answer. */
  answer: number;
  status: DeliveryStatus;
  /** What came of it, in words. */
  outcome: string | null;
  /** What was wrong at the last try, in words. */
  error: string | null;
  tries: number;
  processed_at: number | null;
}

/** Where each ref was when it was last dispatched. `source`: `local` or `remote`. */
export interface RefTipsTable {
  repository: number;
  source: string;
  ref: string;
  sha: string;
}

/** The dispatcher's repositories, secrets included, to verify and resolve with while it is down. */
export interface RepositoriesTable {
  id: number;
  json: string;
}

/** Head of a pull request when somebody last told of it; see `pull-heads.ts`. */
export interface PullHeadsTable {
  repository: number;
  number: number;
  sha: string;
}

/** All tables of `observer.db`. */
export interface InboxTables {
  deliveries: DeliveriesTable;
  ref_tips: RefTipsTable;
  repositories: RepositoriesTable;
  pull_heads: PullHeadsTable;
}

/** The schema of `observer.db`. */
export const INBOX_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001_inbox',
    async up(db, types) {
      await db.schema
        .createTable('deliveries')
        .addColumn('seq', types.id)
        .addColumn('id', 'text', (column) => column.notNull().unique())
        .addColumn('received_at', types.instant, (column) => column.notNull())
        .addColumn('forge', 'text', (column) => column.notNull())
        .addColumn('event', 'text', (column) => column.notNull())
        .addColumn('trigger', 'text', (column) => column.notNull())
        .addColumn('repository', types.reference, (column) => column.notNull())
        .addColumn('repository_name', 'text', (column) => column.notNull())
        .addColumn('source', 'text')
        .addColumn('ref', 'text')
        .addColumn('before', 'text')
        .addColumn('after', 'text')
        .addColumn('headers', types.json, (column) => column.notNull())
        .addColumn('payload', types.json, (column) => column.notNull())
        .addColumn('bytes', 'integer', (column) => column.notNull())
        .addColumn('answer', 'integer', (column) => column.notNull())
        .addColumn('status', 'text', (column) => column.notNull())
        .addColumn('outcome', 'text')
        .addColumn('error', 'text')
        .addColumn('tries', 'integer', (column) => column.notNull())
        .addColumn('processed_at', types.instant)
        .execute();
      await db.schema
        .createIndex('deliveries_pending')
        .on('deliveries')
        .column('seq')
        .where('status' as never, '=', 'pending')
        .execute();
      await db.schema
        .createTable('ref_tips')
        .addColumn('repository', types.reference, (column) => column.notNull())
        .addColumn('source', 'text', (column) => column.notNull())
        .addColumn('ref', 'text', (column) => column.notNull())
        .addColumn('sha', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('ref_tips_key', ['repository', 'source', 'ref'])
        .execute();
      await db.schema
        .createTable('repositories')
        .addColumn('id', types.reference, (column) => column.primaryKey())
        .addColumn('json', types.json, (column) => column.notNull())
        .execute();
    },
  },
  {
    name: '0002_pull_heads',
    async up(db, types) {
      await db.schema
        .createTable('pull_heads')
        .addColumn('repository', types.reference, (column) => column.notNull())
        .addColumn('number', types.reference, (column) => column.notNull())
        .addColumn('sha', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('pull_heads_key', ['repository', 'number'])
        .execute();
    },
  },
];
