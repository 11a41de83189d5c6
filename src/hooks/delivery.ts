import type { Trigger } from '../model/push.ts';
import type { DeliveryStatus } from './inbox-tables.ts';
import type { SourceKind } from './source-kind.ts';

/** What a push says of a ref; all zeros where there is no commit. Of any other event: where it happened, as far as it says. */
export interface Move {
  readonly source: SourceKind;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** A delivery to be journaled; all of it is known before it is written. */
export interface Arrival {
  readonly id: string;
  readonly receivedAt: Date;
  readonly forge: string;
  readonly event: string;
  readonly trigger: Trigger;
  readonly repository: { readonly id: number; readonly name: string };
  readonly move: Move | null;
  readonly headers: string;
  readonly payload: string;
  readonly bytes: number;
  readonly answer: number;
  readonly status: DeliveryStatus;
  readonly outcome: string | null;
}

/** A journaled push, or another event, that waits to be dispatched. */
export interface QueuedPush extends Move {
  readonly seq: number;
  readonly id: string;
  readonly receivedAt: Date;
  readonly trigger: Trigger;
  /** `push`, or the forge's name of another event. */
  readonly event: string;
  readonly repository: number;
  /** How often it was tried before. */
  readonly tries: number;
  /** A person asked for it: it is dispatched even if it was dispatched before. */
  readonly isRedelivery?: boolean;
}

/** Where a ref was dispatched last; `sha` null: it is forgotten. */
export interface TipMove {
  readonly repository: number;
  readonly source: SourceKind;
  readonly ref: string;
  readonly sha: string | null;
}

/** What came of some deliveries. */
export interface Settlement {
  readonly seqs: readonly number[];
  readonly status: DeliveryStatus;
  readonly outcome: string | null;
  readonly error: string | null;
  readonly at: Date;
  /** Moved in the same transaction. */
  readonly tip?: TipMove;
}
