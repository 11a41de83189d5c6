import { StoreClosedError } from './errors.ts';
import type { Session } from './statement.ts';
import type { Operation } from './writer.ts';

/** Executes what only reads, one operation at a time, each on one state of the database. */
export class Reader<DB> {
  readonly #session: Session<DB>;
  readonly #translate: (error: unknown) => unknown;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** @param translate makes a CiError of an error of the database where it knows one. */
  constructor(session: Session<DB>, translate: (error: unknown) => unknown) {
    this.#session = session;
    this.#translate = translate;
  }

  /** Executes `operation` after those before it; it sees all that was acknowledged before the call. */
  read<T>(operation: Operation<DB, T>): Promise<T> {
    return this.#inTurn(() => this.#execute(operation));
  }

  /** The same for an operation of one statement: that is a transaction by itself. */
  readOne<T>(operation: Operation<DB, T>): Promise<T> {
    return this.#inTurn(async () => {
      try {
        return await operation(this.#session);
      } catch (error) {
        throw this.#translate(error);
      } finally {
        this.#tellWhatWasRead();
      }
    });
  }

  /** Waits for what was accepted; refuses everything after it. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new StoreClosedError());
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  /** What was read is on the disk: it may be remembered. */
  #tellWhatWasRead(): void {
    const { callbacks } = this.#session;
    this.#session.dropCallbacks(0);
    for (const callback of callbacks) callback();
  }

  async #execute<T>(operation: Operation<DB, T>): Promise<T> {
    try {
      await this.#session.command('begin');
      try {
        return await operation(this.#session);
      } finally {
        await this.#session.command('commit');
        this.#tellWhatWasRead();
      }
    } catch (error) {
      throw this.#translate(error);
    }
  }
}
