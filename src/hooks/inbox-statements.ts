import type { Kysely } from 'kysely';
import type { Trigger } from '../model/push.ts';
import { type Session, statement } from '../store/statement.ts';
import type { Arrival, QueuedPush, TipMove } from './delivery.ts';
import type { DeliveriesTable, DeliveryStatus, InboxTables } from './inbox-tables.ts';
import type { SourceKind } from './source-kind.ts';

type Db = Kysely<InboxTables>;

const TAKEN_ANEW = [
  ...(['received_at', 'trigger', 'repository', 'repository_name', 'source', 'ref', 'before', 'after'] as const),
  ...(['headers', 'answer', 'status', 'outcome', 'error', 'tries', 'processed_at'] as const),
];

/**
 * Journals one delivery; no row if its id is there already. What was ignored, or given up, may come again by its forge when it can
 * be processed: the repository is allowed or watched now. Then it is taken in the place of the former.
 */
export const INSERT = statement((db: Db, p: Row) =>
  db
    .insertInto('deliveries')
    .values({
      ...{ id: p.id, received_at: p.received_at, forge: p.forge, event: p.event, trigger: p.trigger },
      ...{ repository: p.repository, repository_name: p.repository_name },
      ...{ source: p.source, ref: p.ref, before: p.before, after: p.after },
      ...{ headers: p.headers, payload: p.payload, bytes: p.bytes, answer: p.answer, status: p.status },
      ...{ outcome: p.outcome, tries: 0, processed_at: p.processed_at },
    })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet((row) => Object.fromEntries(TAKEN_ANEW.map((name) => [name, row.ref(`excluded.${name}`)])))
        .where('deliveries.status', 'in', ['ignored', 'failed'])
        .where('excluded.status', '=', 'pending'),
    )
    .returning('seq'),
);
/** What came of one delivery. */
export const SETTLE = statement(
  (db: Db, p: { seq: number; status: DeliveryStatus; outcome: string | null; error: string | null; at: number }) =>
    db
      .updateTable('deliveries')
      .set({ status: p.status, outcome: p.outcome, error: p.error, processed_at: p.at })
      .where('seq', '=', p.seq),
);
/** Why one delivery still waits. */
export const NOTE = statement((db: Db, p: { seq: number; error: string | null; tries: number }) =>
  db.updateTable('deliveries').set({ error: p.error, tries: p.tries }).where('seq', '=', p.seq),
);
const SET_TIP = statement((db: Db, p: { repository: number; source: string; ref: string; sha: string }) =>
  db
    .insertInto('ref_tips')
    .values({ repository: p.repository, source: p.source, ref: p.ref, sha: p.sha })
    .onConflict((conflict) => conflict.columns(['repository', 'source', 'ref']).doUpdateSet({ sha: p.sha })),
);
const FORGET_TIP = statement((db: Db, p: { repository: number; source: string; ref: string }) =>
  db
    .deleteFrom('ref_tips')
    .where('repository', '=', p.repository)
    .where('source', '=', p.source)
    .where('ref', '=', p.ref),
);

/** What is written of a delivery when it arrives. */
export type Row = Omit<DeliveriesTable, 'seq' | 'error' | 'tries'>;

/** Sets or forgets one tip. */
export async function moveTip(session: Session<InboxTables>, { repository, source, ref, sha }: TipMove): Promise<void> {
  if (sha === null) await session.run(FORGET_TIP, { repository, source, ref });
  else await session.run(SET_TIP, { repository, source, ref, sha });
}

/** An arrival as it is written. */
export function rowOf(arrival: Arrival): Row {
  const { id, forge, event, trigger, repository, headers, payload, bytes, answer, status, outcome } = arrival;
  const { source = null, ref = null, before = null, after = null } = arrival.move ?? {};
  const received_at = arrival.receivedAt.getTime();
  const processed_at = status === 'pending' ? null : received_at;
  const fixed = {
    received_at,
    repository: repository.id,
    repository_name: repository.name,
    source,
    ref,
    before,
    after,
  };
  return {
    id,
    forge,
    event,
    trigger,
    headers,
    payload,
    bytes,
    answer,
    status,
    outcome,
    processed_at,
    ...fixed,
  };
}

/** What a {@link QueuedPush} is made of. */
export const QUEUED = [
  ...(['seq', 'id', 'received_at', 'event', 'trigger', 'repository'] as const),
  ...(['source', 'ref', 'before', 'after', 'tries'] as const),
];

/** A stored push, ready to be processed. */
export function queuedOf(
  row: Pick<DeliveriesTable, Exclude<(typeof QUEUED)[number], 'seq'>> & { seq: number },
): QueuedPush {
  const { seq, id, event, repository, tries } = row;
  const source: SourceKind = row.source === 'remote' ? 'remote' : 'local';
  const move = { source, ref: row.ref ?? '', before: row.before ?? '', after: row.after ?? '' };
  return {
    seq,
    id,
    event,
    repository,
    tries,
    receivedAt: new Date(row.received_at),
    trigger: row.trigger as Trigger,
    ...move,
  };
}
