import type { IncomingHttpHeaders } from 'node:http';
import type { Push } from '../model/push.ts';

/** What the headers of a delivery say. */
export interface Envelope {
  /** The forge's id of the delivery; a redelivery repeats it. */
  readonly delivery: string;
  /** The forge's name of the event: `push`, `ping`. */
  readonly event: string;
}

/** What a delivery asks for. */
export type Order =
  | { readonly kind: 'push'; readonly push: Push }
  | { readonly kind: 'ping' }
  /** Something that starts nothing; `why` in words, for the list of deliveries. */
  | { readonly kind: 'ignored'; readonly why: string };

/**
 * One way in which deliveries are made. Everything that a forge calls by its own names ends here: behind this door there
 * are pushes only. All functions are pure; the calls come in the order in which they stand here.
 */
export interface Forge {
  readonly name: string;
  /** Is this one of its deliveries? By the headers alone. */
  recognizes(headers: IncomingHttpHeaders): boolean;
  /** @throws {DeliveryError} if something is missing. */
  envelope(headers: IncomingHttpHeaders): Envelope;
  /** Full name of the repository, not to be trusted before `verify`; undefined if there is none. */
  repositoryOf(payload: unknown): string | undefined;
  /** Is it signed with `secret`? `text` is the body as it came. */
  verify(secret: string, text: string, headers: IncomingHttpHeaders): Promise<boolean>;
  /** @throws {DeliveryError} if the payload is not what the event promises. */
  order(event: string, payload: unknown, headers: IncomingHttpHeaders): Order;
}
