import type { IncomingMessage } from 'node:http';
import { DeliveryError } from './delivery-error.ts';

/** Bounds on what is taken in at the same time. */
export interface AdmissionOptions {
  /** Most deliveries that wait to be processed. Default 20 000. */
  readonly maxWaiting?: number;
  /** Most small bodies that are read or verified at the same time. Default 256. */
  readonly maxSmall?: number;
  /** Most large ones. Default 6: with 25 MB each. */
  readonly maxLarge?: number;
}

/** Up to this a body is small, in bytes. One that does not say its length is large. */
const SMALL_BYTES = 256 * 1024;

/**
 * Says no while there is too much: before anything is read, so that memory stays bounded. Large bodies have places of
 * their own: whoever sends slowly many large ones does not keep out the small ones, which all real pushes are.
 */
export class Admission {
  readonly #options: Required<AdmissionOptions>;
  #small = 0;
  #large = 0;
  /** Deliveries on disk that are not processed. */
  waiting = 0;

  constructor({ maxWaiting = 20_000, maxSmall = 256, maxLarge = 6 }: AdmissionOptions = {}) {
    this.#options = { maxWaiting, maxSmall, maxLarge };
  }

  /** Lets a request in; the returned function is called when it is answered. @throws {DeliveryError} 429 */
  enter(request: IncomingMessage): () => void {
    const { maxWaiting, maxSmall, maxLarge } = this.#options;
    if (this.waiting >= maxWaiting) throw tooMany(`${this.waiting} deliveries wait to be processed`);
    const length = Number(request.headers['content-length'] ?? Number.POSITIVE_INFINITY);
    const isSmall = length <= SMALL_BYTES;
    if (isSmall ? this.#small >= maxSmall : this.#large >= maxLarge)
      throw tooMany('too many are sent at the same time');
    if (isSmall) this.#small++;
    else this.#large++;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      if (isSmall) this.#small--;
      else this.#large--;
    };
  }
}

function tooMany(why: string): DeliveryError {
  return new DeliveryError('E_TOO_MANY_DELIVERIES', `the delivery is not taken now (${why}); send it again later`);
}
