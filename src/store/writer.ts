import { deferred } from '../support/deferred.ts';
import { StoreBrokenError, StoreBusyError, StoreClosedError, StoreCorruptError, StoreFullError } from './errors.ts';
import { Signal } from './signal.ts';
import type { Session } from './statement.ts';

/** Something to be written, all of it or nothing. It awaits nothing but its session. */
export type Operation<DB, T> = (session: Session<DB>) => Promise<T>;

interface Pending<DB> {
  readonly operation: Operation<DB, unknown>;
  /** It needs no savepoint: a statement is all or nothing by itself. */
  readonly isOneStatement: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** Most operations of one transaction: at some 50 µs each they keep other work waiting for 10 ms. */
const GROUP = 200;

/**
 * The one queue of everything that is written to a database. What comes in one turn of the event loop shares one
 * transaction, since one `fsync` costs as much as fifty small changes; each operation has a savepoint of its own, so that one that fails
 * does not roll back its neighbours. A promise is fulfilled after COMMIT; if that fails, all of the group are rejected.
 * After a disk error nothing is written any more: what a failed `fsync` left on the disk is not known.
 */
export class Writer<DB> {
  readonly #session: Session<DB>;
  readonly #translate: (error: unknown) => unknown;
  #pending: Pending<DB>[] = [];
  #working: Promise<void> | undefined;
  #broken: unknown;
  #isClosed = false;
  /** Told of each COMMIT, with the milliseconds that it took. */
  readonly committed = new Signal<number>();

  /** @param translate makes a CiError of an error of the database where it knows one. */
  constructor(session: Session<DB>, translate: (error: unknown) => unknown) {
    this.#session = session;
    this.#translate = translate;
  }

  /**
   * Executes `operation` in the order of the calls; its promise is fulfilled when what it wrote is on the disk.
   * @throws {StoreFullError} the disk is full: nothing was changed, a later call may succeed.
   * @throws {StoreBrokenError} the disk failed: nothing will be written any more.
   */
  write<T>(operation: Operation<DB, T>): Promise<T> {
    return this.#add(operation, false);
  }

  /** The same for an operation of one statement, which is all or nothing by itself. */
  writeOne<T>(operation: Operation<DB, T>): Promise<T> {
    return this.#add(operation, true);
  }

  /** Waits for what was accepted; refuses everything after it. Safe twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#working;
  }

  #add<T>(operation: Operation<DB, T>, isOneStatement: boolean): Promise<T> {
    if (this.#isClosed) return Promise.reject(new StoreClosedError());
    const { promise, resolve, reject } = deferred<T>();
    this.#pending.push({ operation, isOneStatement, resolve: resolve as (value: unknown) => void, reject });
    this.#working ??= this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    while (this.#pending.length > 0) {
      // until all messages of this turn of the event loop were handled: what they write shares one fsync
      await new Promise((resolve) => setImmediate(resolve));
      await this.#writeGroup(this.#pending.splice(0, GROUP));
    }
    this.#working = undefined;
  }

  async #writeGroup(group: readonly Pending<DB>[]): Promise<void> {
    const done: (() => void)[] = [];
    let beganMs = 0;
    try {
      if (this.#broken !== undefined) throw this.#broken;
      await this.#session.command('begin immediate');
      for (const pending of group) {
        // nothing of the only one is left to be written if it fails
        const isWhole = pending.isOneStatement || group.length === 1;
        await (isWhole ? this.#executeWhole(pending, done) : this.#execute(pending, done));
      }
      beganMs = performance.now();
      await this.#session.command(done.length > 0 ? 'commit' : 'rollback');
    } catch (error) {
      await this.#giveUp(group, error);
      return;
    }
    const tookMs = performance.now() - beganMs;
    const callbacks = this.#session.callbacks;
    this.#session.dropCallbacks(0);
    for (const acknowledge of done) acknowledge();
    for (const callback of callbacks) callback();
    this.committed.tell(tookMs);
  }

  /** One operation that needs no savepoint. Throws only what concerns the whole group. */
  async #executeWhole(pending: Pending<DB>, done: (() => void)[]): Promise<void> {
    const callbacks = this.#session.callbacks.length;
    try {
      const value = await pending.operation(this.#session);
      done.push(() => pending.resolve(value));
    } catch (error) {
      const meaning = this.#translate(error);
      if (isOfTheDatabase(meaning)) throw meaning;
      this.#session.dropCallbacks(callbacks);
      pending.reject(meaning);
    }
  }

  /** One operation under its savepoint. Throws only what concerns the whole group. */
  async #execute(pending: Pending<DB>, done: (() => void)[]): Promise<void> {
    const callbacks = this.#session.callbacks.length;
    await this.#session.command('savepoint operation');
    try {
      const value = await pending.operation(this.#session);
      await this.#session.command('release savepoint operation');
      done.push(() => pending.resolve(value));
    } catch (error) {
      const meaning = this.#translate(error);
      if (isOfTheDatabase(meaning)) throw meaning;
      await this.#session.command('rollback to savepoint operation');
      await this.#session.command('release savepoint operation');
      this.#session.dropCallbacks(callbacks);
      pending.reject(meaning);
    }
  }

  async #giveUp(group: readonly Pending<DB>[], error: unknown): Promise<void> {
    const meaning = this.#translate(error);
    if (!(meaning instanceof StoreFullError || meaning instanceof StoreBusyError)) this.#broken ??= meaning;
    this.#session.dropCallbacks(0);
    // SQLite may have rolled back by itself, then there is nothing to roll back
    await this.#session.command('rollback').catch(() => {});
    for (const { reject } of group) reject(meaning);
  }
}

const OF_THE_DATABASE = [StoreFullError, StoreBrokenError, StoreBusyError, StoreCorruptError];

/** Does it say something of the whole database, and not of one operation? */
function isOfTheDatabase(error: unknown): boolean {
  return OF_THE_DATABASE.some((kind) => error instanceof kind);
}
