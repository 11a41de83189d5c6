import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { JobSpec } from '../model/plan.ts';
import { type Session, type Statement, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Where documents of one kind are kept. */
interface Shelf {
  readonly find: Statement<Tables, { hash: string }, { id: number }>;
  readonly insert: Statement<Tables, { hash: string; body: string }, { id: number }>;
  readonly byId: Statement<Tables, { id: number }, { body: string }>;
  /** How many are remembered. */
  readonly remembered: number;
}

const SPECS: Shelf = {
  find: statement((db: Kysely<Tables>, p: { hash: string }) =>
    db.selectFrom('specs').select('id').where('hash', '=', p.hash),
  ),
  insert: statement((db: Kysely<Tables>, p: { hash: string; body: string }) =>
    db.insertInto('specs').values({ hash: p.hash, spec: p.body }).returning('id'),
  ),
  byId: statement((db: Kysely<Tables>, p: { id: number }) =>
    db.selectFrom('specs').select('spec as body').where('id', '=', p.id),
  ),
  remembered: 500, // most installations have some per repository
};
const OTHERS: Shelf = {
  find: statement((db: Kysely<Tables>, p: { hash: string }) =>
    db.selectFrom('documents').select('id').where('hash', '=', p.hash),
  ),
  insert: statement((db: Kysely<Tables>, p: { hash: string; body: string }) =>
    db.insertInto('documents').values({ hash: p.hash, body: p.body }).returning('id'),
  ),
  byId: statement((db: Kysely<Tables>, p: { id: number }) =>
    db.selectFrom('documents').select('body').where('id', '=', p.id),
  ),
  remembered: 50, // payloads may be large
};

/** What runners have to do: the jobs of most commits of a repository do the same. */
export function createSpecs(): Documents<JobSpec> {
  return new Documents<JobSpec>(SPECS);
}

/** Workflow files, payloads, inputs. */
export function createDocuments(): Documents<object> {
  return new Documents<object>(OTHERS);
}

/** JSON that does not change, each stored once, by its hash. */
export class Documents<T extends object> {
  readonly #shelf: Shelf;
  readonly #ids = new Map<string, number>();
  /** Most callers bring the same object again: its text is made once. */
  #idOfObject = new WeakMap<T, number>();
  readonly #read = new Map<number, T>();
  /** Those that were asked for since somebody wanted to know; undefined: nobody does. */
  #used: Set<number> | undefined;

  constructor(shelf: Shelf) {
    this.#shelf = shelf;
  }

  /** The id of a document; stored where it is new. Whoever gave it does not change it any more. */
  async idOf(session: Session<Tables>, document: T): Promise<number> {
    const known = this.#idOfObject.get(document);
    if (known !== undefined) return this.#use(known);
    const body = JSON.stringify(document);
    const hash = createHash('sha256').update(body).digest('hex');
    const id = this.#ids.get(hash) ?? (await this.#findOrInsert(session, hash, body));
    session.afterCommit(() => {
      this.#idOfObject.set(document, id);
      this.#remember(this.#ids, hash, id);
    });
    return this.#use(id);
  }

  /** Notes from now on which ones are asked for: whoever looks which ones are needed does not see those that come. */
  watch(): void {
    this.#used = new Set();
  }

  /** Those among these that were not asked for since {@link watch}; they are not remembered any more. */
  forgetUnused(ids: readonly number[]): readonly number[] {
    const unused = new Set(ids.filter((id) => this.#used?.has(id) === false));
    for (const [hash, id] of this.#ids) if (unused.has(id)) this.#ids.delete(hash);
    for (const id of unused) this.#read.delete(id);
    if (unused.size > 0) this.#idOfObject = new WeakMap();
    return [...unused];
  }

  #use(id: number): number {
    this.#used?.add(id);
    return id;
  }

  /** The document of an id; not to be changed, since it is remembered. */
  async read(session: Session<Tables>, id: number): Promise<T> {
    const known = this.#read.get(id);
    if (known !== undefined) return known;
    const row = await session.one(this.#shelf.byId, { id });
    if (row === undefined) throw new Error(`there is no document ${id}`);
    const document: T = JSON.parse(row.body);
    session.afterCommit(() => this.#remember(this.#read, id, document));
    return document;
  }

  async #findOrInsert(session: Session<Tables>, hash: string, body: string): Promise<number> {
    const row =
      (await session.one(this.#shelf.find, { hash })) ?? (await session.one(this.#shelf.insert, { hash, body }));
    if (row === undefined) throw new Error('an insert returned no id');
    return row.id;
  }

  /** Adds to a map of bounded size; the oldest entry goes. */
  #remember<K, V>(map: Map<K, V>, key: K, value: V): void {
    map.set(key, value);
    const [oldest] = map.keys();
    if (map.size > this.#shelf.remembered && oldest !== undefined) map.delete(oldest);
  }
}
