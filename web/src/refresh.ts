import type { PageContents, PageNews } from './page.ts';

/** Four paints a second at most. */
const PAUSE_MS = 250;
/** A server that accepts and says nothing. */
const TIMEOUT_MS = 15_000;
/** How long after a question that was not answered it is asked again: the first time, and twice as long each time up to this. */
const RETRY_MS = { first: 1_000, last: 10_000 };

/**
 * Asks for the data of the page again: one request at a time, and what happens meanwhile makes one more. What was not
 * answered is asked again for as long as the server is there: nobody tells of the same change twice.
 */
export class Refresh {
  readonly #paint: (contents: PageContents) => void;
  readonly #isThere: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #lastMs = 0;
  #isAsking = false;
  /** The newest event that it was told of. Who asks because of it may be given what was made for others since. */
  #upTo: number | undefined;
  /** It asks for another reason: what others were given may be too old. */
  #isWantedNew = false;
  /** Asked again while it is asking: how long the pause is then. */
  #againMs: number | undefined;
  #retryMs = RETRY_MS.first;
  /** Where in its pause this page asks, from 0 to 1: all of them are told at the same moment. */
  #turn = Math.random();

  /** `isThere`: somebody looks, and the server tells what happens. Otherwise the page is told to ask when both are so again. */
  constructor(paint: (contents: PageContents) => void, isThere: () => boolean) {
    this.#paint = paint;
    this.#isThere = isThere;
  }

  /** The data may have changed. */
  page(): void {
    this.#isWantedNew = true;
    this.#plan(PAUSE_MS);
  }

  /** Events have changed it. */
  changed({ upTo, pauseMs }: PageNews): void {
    this.#upTo = upTo;
    this.#plan(pauseMs);
  }

  #plan(pauseMs: number): void {
    if (this.#isAsking) {
      this.#againMs = Math.min(pauseMs, this.#againMs ?? pauseMs);
      return;
    }
    const firstMs = performance.now() + 20 + Math.max(0, pauseMs - PAUSE_MS) * this.#turn;
    const dueMs = Math.max(firstMs, this.#lastMs + pauseMs);
    if (dueMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => void this.#ask(), dueMs - performance.now());
  }

  async #ask(): Promise<void> {
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#isAsking = true;
    this.#lastMs = performance.now();
    this.#turn = Math.random();
    const after = this.#isWantedNew || this.#upTo === undefined ? {} : { 'Signalbox-After': String(this.#upTo) };
    this.#isWantedNew = false;
    const isAnswered = await this.#isPainted({ Accept: 'application/json', ...after });
    this.#isAsking = false;
    if (isAnswered) this.#retryMs = RETRY_MS.first;
    else this.#retryLater();
    if (this.#againMs !== undefined) this.#plan(this.#againMs);
    this.#againMs = undefined;
  }

  async #isPainted(headers: Record<string, string>): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await fetch(location.pathname + location.search, { headers, signal });
      // a page that is gone meanwhile stays as it was; who reloads it is told
      if (answer.ok) this.#paint(await answer.json());
      return answer.status < 500 && answer.status !== 429;
    } catch {
      return false;
    }
  }

  #retryLater(): void {
    this.#isWantedNew = true;
    if (!this.#isThere()) return;
    this.#plan(this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.last);
  }
}
