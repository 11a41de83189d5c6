import type { PageContents } from './page.ts';

/** Four paints a second at most. */
const PAUSE_MS = 250;
/** The header alone is not worth more than one. */
const FRAME_PAUSE_MS = 1_000;
/** A server that accepts and says nothing. */
const TIMEOUT_MS = 15_000;

/** Asks for the data of the page again: one request at a time, and what happens meanwhile makes one more. */
export class Refresh {
  readonly #paint: (contents: PageContents) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #lastMs = 0;
  #isAsking = false;
  #isAskedAgain = false;

  constructor(paint: (contents: PageContents) => void) {
    this.#paint = paint;
  }

  /** The data has changed. */
  page(): void {
    this.#plan(PAUSE_MS);
  }

  /** Only what the header shows has. */
  frame(): void {
    this.#plan(FRAME_PAUSE_MS);
  }

  #plan(pauseMs: number): void {
    if (this.#isAsking) {
      this.#isAskedAgain = true;
      return;
    }
    const dueMs = Math.max(performance.now() + 20, this.#lastMs + pauseMs);
    if (dueMs >= this.#dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => void this.#ask(), dueMs - performance.now());
  }

  async #ask(): Promise<void> {
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#isAsking = true;
    this.#lastMs = performance.now();
    try {
      const headers = { Accept: 'application/json' };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await fetch(location.pathname + location.search, { headers, signal });
      // a page that is gone meanwhile stays as it was; who reloads it is told
      if (answer.ok) this.#paint(await answer.json());
    } catch {
      // the stream of events tells that nobody is there
    } finally {
      this.#isAsking = false;
      if (this.#isAskedAgain) {
        this.#isAskedAgain = false;
        this.page();
      }
    }
  }
}
