import { CiError } from '../support/ci-error.ts';

/** Why a delivery was not taken; each has its HTTP status. */
const STATUS = {
  E_DELIVERY_UNREADABLE: 400,
  E_DELIVERY_REFUSED: 401,
  E_DELIVERY_TOO_LARGE: 413,
  E_DELIVERY_TYPE: 415,
  E_TOO_MANY_DELIVERIES: 429,
  E_INBOX_UNAVAILABLE: 503,
} as const;

/** A delivery that is not taken: it is answered with `status` and `{"error":{"code","message"}}`. */
export class DeliveryError extends CiError {
  override readonly name = 'DeliveryError';
  readonly code: keyof typeof STATUS;
  /** The repository that it speaks of, as it says itself. Not part of the answer. */
  readonly claimed: string | undefined;

  constructor(code: keyof typeof STATUS, message: string, options: ErrorOptions & { readonly claimed?: string } = {}) {
    super(message, options);
    this.code = code;
    this.claimed = options.claimed;
  }

  /** Status of the HTTP answer. */
  get status(): number {
    return STATUS[this.code];
  }
}

/** The delivery cannot be read: it is no JSON, or something that every delivery has is not there. */
export function unreadable(what: string, options?: ErrorOptions): DeliveryError {
  return new DeliveryError('E_DELIVERY_UNREADABLE', `the delivery cannot be read: ${what}`, options);
}

/** The same words for a wrong signature and an unknown repository, so that nobody can find out which ones there are. */
export function refused(claimed: string | undefined): DeliveryError {
  return new DeliveryError(
    'E_DELIVERY_REFUSED',
    'the signature does not fit, or the repository is not known; compare the secret with the one that `signalbox add` printed',
    claimed === undefined ? {} : { claimed },
  );
}
