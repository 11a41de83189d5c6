import type { ReporterSummary } from '../protocol/reporter-summary.ts';
import type { Outbox } from './outbox.ts';
import { WAITING } from './outbox-rows.ts';

/** Most sinks and given-up messages that are told. */
const SINKS = 50;
const GIVEN_UP = 20;
/** Longest words of an error. */
const WORDS = 400;

/** How the outbox is, for people: the sinks that fail first, then those for which most waits. */
export async function summarize(outbox: Outbox): Promise<Pick<ReporterSummary, 'sinks' | 'given_up'>> {
  return outbox.read(async (db) => {
    const waiting = await db
      .selectFrom('messages')
      .select((eb) => ['sink', eb.fn.countAll().as('count'), eb.fn.min('created_at').as('oldest')])
      .where(WAITING)
      .groupBy('sink')
      .execute();
    const health = await db.selectFrom('sinks').selectAll().execute();
    const names = new Set([...waiting.map(({ sink }) => sink), ...health.map(({ sink }) => sink)]);
    const sinks = [...names].map((sink) => {
      const queue = waiting.find((row) => row.sink === sink);
      const well = health.find((row) => row.sink === sink);
      return {
        ...{ sink, waiting: Number(queue?.count ?? 0), waiting_since: time(queue?.oldest) },
        ...{ failing_since: time(well?.failing_since), retry_at: time(well?.retry_at), error: words(well?.error) },
        ...{ sent_at: time(well?.sent_at), sent: well?.sent ?? 0, given_up: well?.given_up ?? 0 },
      };
    });
    sinks.sort((a, b) => rank(b) - rank(a) || b.waiting - a.waiting || a.sink.localeCompare(b.sink));
    const lost = await db
      .selectFrom('messages')
      .select(['sink', 'key', 'repository', 'error', 'created_at', 'settled_at'])
      .where('state', '=', 'given_up')
      .where('settled_at', 'is not', null)
      .orderBy('settled_at', 'desc')
      .limit(GIVEN_UP)
      .execute();
    const given_up = lost.map(({ sink, key, repository, error, created_at, settled_at }) => ({
      ...{ sink, key: key.slice(0, WORDS), repository, error: words(error) },
      ...{ created_at: time(created_at), given_up_at: time(settled_at) },
    }));
    return { sinks: sinks.slice(0, SINKS), given_up };
  });
}

function rank({ failing_since }: { failing_since: string | null }): number {
  return failing_since === null ? 0 : 1;
}

function time(at: number | string | bigint | null | undefined): string | null {
  return at === null || at === undefined ? null : new Date(Number(at)).toISOString();
}

function words(text: string | null | undefined): string | null {
  return text === null || text === undefined ? null : text.slice(0, WORDS);
}
