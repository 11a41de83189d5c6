import type { Clock } from '../support/clock.ts';
import type { PlaceAtForge } from './forge-api.ts';
import { ForgeApiError } from './forge-client.ts';

/** A forge that does not answer is left alone for so long: each question waits for it. */
const DOWN_MS = 120_000;
/** Longest wait for a rate limit to be over. */
const MAX_WAIT_MS = 30 * 60_000;

/** Who is not to be asked for a while. A rate limit is one of a token, whatever is asked with it. */
export class AccountRests {
  readonly #clock: Clock;
  readonly #untilMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isResting(place: PlaceAtForge): boolean {
    return (this.#untilMs.get(accountOf(place)) ?? 0) > this.#clock.monotonicMs();
  }

  /** Leaves the forge alone as long as this error asks for; most ask for nothing. */
  note(place: PlaceAtForge, error: unknown): void {
    if (!(error instanceof ForgeApiError)) return;
    const restMs = Math.min(error.waitMs ?? (error.status === undefined ? DOWN_MS : 0), MAX_WAIT_MS);
    if (restMs > 0) this.#untilMs.set(accountOf(place), this.#clock.monotonicMs() + restMs);
  }
}

function accountOf({ kind, token }: PlaceAtForge): string {
  return `${kind} ${token}`;
}
