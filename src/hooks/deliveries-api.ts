import express, { type RequestHandler, type Router } from 'express';
import { type Kysely, sql } from 'kysely';
import { errorBody } from '../support/http-guard.ts';
import type { Inbox } from './inbox.ts';
import type { DeliveryStatus, InboxTables } from './inbox-tables.ts';
import type { Refusals } from './refusals.ts';

/** What the list of deliveries needs. */
export interface DeliveriesApiOptions {
  readonly inbox: Inbox;
  readonly refusals: Pick<Refusals, 'list'>;
  /** Lets through who may change something. */
  readonly authorize: RequestHandler;
  /** Processes a stored delivery once more; false if there is none that could be. */
  readonly redeliver: (id: string) => Promise<boolean>;
}

const PAGE = 100;
const FILTERS: readonly string[] = ['repository', 'status', 'limit', 'before'];
const STATUSES: readonly DeliveryStatus[] = ['pending', 'processed', 'ignored', 'failed'];
const COLUMNS = [
  ...(['seq', 'id', 'received_at', 'forge', 'event', 'trigger', 'repository_name', 'ref', 'before', 'after'] as const),
  ...(['headers', 'bytes', 'answer', 'status', 'outcome', 'error', 'tries', 'processed_at'] as const),
];

/** `/api/deliveries`: what came in, newest first, and what became of it. */
export function createDeliveriesApi({ inbox, refusals, authorize, redeliver }: DeliveriesApiOptions): Router {
  const router = express.Router();
  router.get('/api/deliveries', async (request, response) => {
    const { searchParams } = new URL(request.url, 'http://localhost');
    const before = Number(searchParams.get('before') ?? Number.MAX_SAFE_INTEGER);
    const limit = Number(searchParams.get('limit') ?? PAGE);
    const status = searchParams.get('status');
    const unknown = [...searchParams.keys()].find((name) => !FILTERS.includes(name));
    if (unknown !== undefined) {
      const message = `there is no filter "${unknown.slice(0, 100)}"; there are ${FILTERS.join(', ')}`;
      response.status(400).json(errorBody('E_BAD_REQUEST', message));
      return;
    }
    const isBad = !Number.isSafeInteger(before) || !Number.isSafeInteger(limit) || limit < 1;
    if (isBad || (status !== null && !STATUSES.some((one) => one === status))) {
      const message = `before and limit are whole numbers, status is one of ${STATUSES.join(', ')}`;
      response.status(400).json(errorBody('E_BAD_REQUEST', message));
      return;
    }
    const filter = { repository: searchParams.get('repository'), status };
    response.json(await listDeliveries(inbox, { before, limit: Math.min(limit, PAGE), ...filter }));
  });
  router.get('/api/deliveries/refused', (_request, response) => {
    response.json({ refused: refusals.list });
  });
  router.get('/api/deliveries/:id', async (request, response) => {
    const found = await findDelivery(inbox, request.params.id);
    if (found === undefined) response.status(404).json(errorBody('E_NOT_FOUND', NOT_FOUND));
    else response.json(found);
  });
  router.post('/api/deliveries/:id/redeliver', authorize, async (request, response) => {
    const id = String(request.params.id);
    if (await redeliver(id)) response.status(202).json({ delivery: id });
    else response.status(404).json(errorBody('E_NOT_FOUND', NOT_FOUND));
  });
  return router;
}

const NOT_FOUND =
  'there is no such delivery, or it could start nothing (a ping, an event that is ignored); old ones are forgotten after 30 days';

/** Which deliveries are wanted. */
export interface DeliveryFilter {
  /** Those that came before this one, by its `seq`. */
  readonly before: number;
  readonly limit: number;
  readonly repository: string | null;
  readonly status: string | null;
}

/** Deliveries, newest first. */
export async function listDeliveries(inbox: Inbox, { before, limit, repository, status }: DeliveryFilter) {
  return inbox.database.read(async ({ db }) => {
    const matching = (query: Kysely<InboxTables>) =>
      query
        .selectFrom('deliveries')
        .$if(repository !== null, (q) => q.where('repository_name', '=', repository ?? ''))
        .$if(status !== null, (q) => q.where('status', '=', (status ?? '') as DeliveryStatus));
    const rows = await matching(db)
      .select(COLUMNS)
      .where('seq', '<', before)
      .orderBy('seq', 'desc')
      .limit(limit + 1)
      .execute();
    const total = await matching(db).select(sql<number>`count(*)`.as('total')).executeTakeFirstOrThrow();
    const page = rows.slice(0, limit);
    const next = rows.length > limit ? (page.at(-1)?.seq ?? null) : null;
    return { deliveries: page.map(asJson), total: Number(total.total), next };
  });
}

/** One delivery, with what was sent; undefined: there is none. */
export async function findDelivery(inbox: Inbox, id: string) {
  const row = await inbox.database.read(({ db }) =>
    db
      .selectFrom('deliveries')
      .select([...COLUMNS, 'payload'])
      .where('id', '=', id)
      .executeTakeFirst(),
  );
  if (row === undefined) return undefined;
  const { payload, ...rest } = row;
  return { ...asJson(rest), payload: JSON.parse(payload) as unknown };
}

type Listed = Pick<InboxTables['deliveries'], Exclude<(typeof COLUMNS)[number], 'seq'>> & { seq: number };

function asJson({ seq: _, repository_name, headers, received_at, processed_at, ...row }: Listed) {
  return {
    ...row,
    repository: repository_name,
    headers: maskHeaders(JSON.parse(headers)),
    received_at: new Date(received_at).toISOString(),
    processed_at: processed_at === null ? null : new Date(processed_at).toISOString(),
  };
}

/** What a sender proves itself with is not told again: GitLab sends the secret itself as `X-Gitlab-Token`. */
const SECRET = /token|secret|authorization|cookie|password|api-?key/i;

function maskHeaders(headers: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, SECRET.test(name) ? '***' : value]));
}
