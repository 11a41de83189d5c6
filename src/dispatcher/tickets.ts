import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ExecutionKey } from '../protocol/wire-fields.ts';

/**
 * Passwords with which runners get the commit of a job: made from the home's token, so that they are still good after
 * a restart of the dispatcher and nothing has to be kept. Whether the lease is still held is looked up at each use.
 */
export class Tickets {
  readonly #key: Buffer;

  constructor(token: string) {
    this.#key = createHmac('sha256', token).update('signalbox git tickets').digest();
  }

  /** The ticket of one execution. */
  of({ job, execution }: ExecutionKey): string {
    return `${job}.${execution}.${this.#mac(`${job}.${execution}`)}`;
  }

  /** The execution that a ticket is of; undefined if it is none of ours. */
  check(ticket: string): ExecutionKey | undefined {
    const match = /^(\d{1,15})\.(\d{1,10})\.([\w-]{43})$/.exec(ticket);
    if (match === null) return undefined;
    const [, job, execution, mac] = match;
    if (!timingSafeEqual(Buffer.from(`${mac}`), Buffer.from(this.#mac(`${job}.${execution}`)))) return undefined;
    return { job: Number(job), execution: Number(execution) };
  }

  #mac(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }
}
