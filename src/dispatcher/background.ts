import { CiError, messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';
import { codeOf } from './errors.ts';

/** Codes of errors that say: try again later, nothing was changed. */
const LATER_CODES: ReadonlySet<string> = new Set(['E_STORE_FULL', 'E_STORE_BUSY', 'E_DISK_LOW', 'ENOSPC', 'EDQUOT']);
/** Codes that say: what was written may not be on the disk; only a restart tells. */
const BROKEN_CODES: ReadonlySet<string> = new Set(['E_STORE_BROKEN', 'E_STORE_CORRUPT']);

/** Where {@link Background} says what it cannot deal with. */
export interface BackgroundOptions {
  readonly logger: Logger;
  /** The store is broken: nothing may be acknowledged any more, the process has to end. */
  readonly fatal: (error: Error) => void;
}

/**
 * Work that nobody waits for, such as the answer to a message: its errors end here. A full disk is logged once and not
 * per message, until there is room again; a broken store is fatal; all else is logged and the other side, which got no
 * answer, tries again.
 */
export class Background {
  readonly #options: BackgroundOptions;
  readonly #running = new Set<Promise<void>>();
  #isFull = false;

  constructor(options: BackgroundOptions) {
    this.#options = options;
  }

  /** Is the disk full, as far as we know? */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** Starts `work`; `what` completes "could not …" in the log. */
  run(what: string, work: () => Promise<unknown>): void {
    const running = this.#guard(what, work);
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
  }

  /** Waits until nothing runs; what is started meanwhile counts too. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Something was written: the disk is not full (any more). */
  wrote(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#options.logger.info('the store takes changes again; work goes on');
  }

  /** Deals with an error of work that was waited for. */
  report(what: string, error: unknown): void {
    const code = codeOf(error);
    if (isForLater(error)) this.#full(error);
    else if (code === 'E_STORE_CLOSED') this.#options.logger.debug(`did not ${what}: the store is closed`);
    else if (code !== undefined && BROKEN_CODES.has(code)) this.#options.fatal(error as Error);
    else if (error instanceof CiError) this.#options.logger.warn({ code }, `could not ${what}: ${messageOf(error)}`);
    else this.#options.logger.error({ err: error, code }, `could not ${what}: ${messageOf(error)}`);
  }

  #full(error: unknown): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#options.logger.error(
      { code: codeOf(error) },
      `nothing new is accepted for the moment; nothing that was accepted is lost: ${messageOf(error)}`,
    );
  }

  async #guard(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.report(what, error);
    }
  }
}

/** Does this error mean that the same will succeed later, for instance when there is room on the disk? */
export function isForLater(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && LATER_CODES.has(code);
}
