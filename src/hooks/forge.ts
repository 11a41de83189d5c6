import type { IncomingHttpHeaders } from 'node:http';
import type { Push } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';

/** What the headers of a delivery say. */
export interface Envelope {
  /** The forge's id of the delivery; a redelivery repeats it. */
  readonly delivery: string;
  /** The forge's name of the event: `push`, `ping`. */
  readonly event: string;
}

/** A branch of another repository at the same forge. */
export interface Fork {
  /** `owner/name`, as it stands in its address. */
  readonly path: string;
  /** Short name. */
  readonly branch: string;
}

/** Something other than a push that may start workflows. */
export interface ForgeEvent {
  /** As workflow files call it: `pull_request`. */
  readonly name: string;
  /** Full ref that it happened on; absent: the default branch. */
  readonly ref?: string;
  /** The commit; absent: where the ref is. */
  readonly sha?: string;
  /** Commit that the change is to be compared with, where the event speaks of a change. */
  readonly base?: string;
  /** Refs by which the commit can be had, where no branch or tag leads to it. */
  readonly fetch?: readonly string[];
  /** Absent `sha`: where this branch of a fork at the same forge is. */
  readonly fork?: Fork;
  /** Title of what it is about; absent: that of the commit. */
  readonly title?: string;
  /** Login of who caused it; may be empty. */
  readonly actor: string;
  /** Why its jobs may be given to nobody, in words. */
  readonly held?: string;
  readonly payload: { readonly [key: string]: Json };
}

/** What a delivery asks for. */
export type Order =
  /** `more`: the others, where one delivery tells of several refs. */
  | { readonly kind: 'push'; readonly push: Push; readonly more?: readonly Push[] }
  | { readonly kind: 'events'; readonly events: readonly [ForgeEvent, ...ForgeEvent[]] }
  | { readonly kind: 'ping' }
  /** Something that starts nothing; `why` in words, for the list of deliveries. */
  | { readonly kind: 'ignored'; readonly why: string };

/**
 * One way in which deliveries are made. Everything that a forge calls by its own names ends here: behind this door there
 * are pushes and events only. All functions are pure; the calls come in the order in which they stand here.
 */
export interface Forge {
  readonly name: string;
  /** Are its payloads of pushes what workflow files take for `github.event`? Otherwise the dispatcher makes them. */
  readonly speaksGitHub: boolean;
  /** Is this one of its deliveries? By the headers alone. */
  recognizes(headers: IncomingHttpHeaders): boolean;
  /** `text` is the body as it came. @throws {DeliveryError} if something is missing. */
  envelope(headers: IncomingHttpHeaders, text: string): Envelope;
  /** What the repository may be known by, the likeliest first: full names, addresses to clone from. Not to be trusted before `verify`. */
  namesOf(payload: unknown): readonly string[];
  /** Is it signed with `secret`? `text` is the body as it came. */
  verify(secret: string, text: string, headers: IncomingHttpHeaders): Promise<boolean>;
  /** @throws {DeliveryError} if the payload is not what the event promises. */
  order(event: string, payload: unknown, headers: IncomingHttpHeaders): Order;
}
