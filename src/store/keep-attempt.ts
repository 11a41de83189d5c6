import type { Kysely } from 'kysely';
import { statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Remembers how an attempt of a run ended, before the next one begins. */
export const keepAttempt = statement((db: Kysely<Tables>, p: Tables['attempts']) =>
  db.insertInto('attempts').values({
    ...{ run: p.run, attempt: p.attempt, conclusion: p.conclusion, reason: p.reason },
    ...{ started_at: p.started_at, completed_at: p.completed_at, asked_by: p.asked_by },
  }),
);
