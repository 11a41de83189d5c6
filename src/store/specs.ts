import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { JobSpec } from '../model/plan.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** How many specs are remembered; most installations have some per repository. */
const REMEMBERED = 500;

const find = statement((db: Kysely<Tables>, p: { hash: string }) =>
  db.selectFrom('specs').select('id').where('hash', '=', p.hash),
);
const insert = statement((db: Kysely<Tables>, p: { hash: string; spec: string }) =>
  db.insertInto('specs').values({ hash: p.hash, spec: p.spec }).returning('id'),
);
const byId = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.selectFrom('specs').select('spec').where('id', '=', p.id),
);

/** What runners have to do, each stored once: the jobs of most commits of a repository do the same. */
export class Specs {
  readonly #ids = new Map<string, number>();
  readonly #specs = new Map<number, JobSpec>();

  /** The id of a spec; stored where it is new. */
  async idOf(session: Session<Tables>, spec: JobSpec): Promise<number> {
    const text = JSON.stringify(spec);
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const hash = createHash('sha256').update(text).digest('hex');
    const row = (await session.one(find, { hash })) ?? (await session.one(insert, { hash, spec: text }));
    if (row === undefined) throw new Error('an insert returned no id');
    session.afterCommit(() => remember(this.#ids, text, row.id));
    return row.id;
  }

  /** The spec of an id. Specs never change, so that those read are remembered. */
  async read(session: Session<Tables>, id: number): Promise<JobSpec> {
    const known = this.#specs.get(id);
    if (known !== undefined) return known;
    const row = await session.one(byId, { id });
    if (row === undefined) throw new Error(`there is no spec ${id}`);
    const spec: JobSpec = JSON.parse(row.spec);
    session.afterCommit(() => remember(this.#specs, id, spec));
    return spec;
  }
}

/** Adds to a map of bounded size; the oldest entry goes. */
function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}
