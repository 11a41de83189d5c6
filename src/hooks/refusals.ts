import type { IncomingHttpHeaders } from 'node:http';
import type { DeliveryError } from './delivery-error.ts';
import { forgeOf } from './forges.ts';

/** A delivery that was not taken, as the API tells of it. What it says of itself is not verified. */
export interface Refusal {
  /** When the last one of its kind came, ISO 8601. */
  readonly received_at: string;
  /** How often this came, since the server started. */
  readonly times: number;
  readonly code: string;
  readonly message: string;
  /** HTTP status of the answer. */
  readonly answer: number;
  readonly forge: string | null;
  readonly event: string | null;
  /** Full name or address of the repository that it speaks of. */
  readonly repository: string | null;
}

/** So many kinds are kept; the one that came last the longest ago goes first. */
const MOST = 100;
const LONGEST_NAME = 200;

/**
 * What was refused lately, so that whoever points a webhook here sees why nothing happens. It is kept in memory only:
 * anybody can send what is refused, and none of that may fill a disk.
 */
export class Refusals {
  readonly #kinds = new Map<string, Refusal>();

  /** Newest first. */
  get list(): readonly Refusal[] {
    return [...this.#kinds.values()].reverse();
  }

  add(headers: IncomingHttpHeaders, { code, message, status, claimed }: DeliveryError, at: Date): void {
    const { forge, event } = saidBy(headers);
    const repository = claimed?.slice(0, LONGEST_NAME) ?? null;
    // words may hold figures: those of the newest count
    const key = JSON.stringify([code, forge, event, repository, message.replace(/\d+/g, '#')]);
    const times = (this.#kinds.get(key)?.times ?? 0) + 1;
    this.#kinds.delete(key);
    this.#kinds.set(key, {
      received_at: at.toISOString(),
      times,
      code,
      message,
      answer: status,
      forge,
      event,
      repository,
    });
    const [oldest] = this.#kinds.keys();
    if (oldest !== undefined && this.#kinds.size > MOST) this.#kinds.delete(oldest);
  }
}

/** Names in the headers; null where they have none. */
function saidBy(headers: IncomingHttpHeaders): { readonly forge: string | null; readonly event: string | null } {
  const forge = orNull(() => forgeOf(headers));
  return { forge: forge?.name ?? null, event: forge && orNull(() => forge.envelope(headers, '').event) };
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
