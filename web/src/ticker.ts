/** What time it is at the server, and when to look again. */
export interface Ticker {
  /** Milliseconds since 1970. Goes on while nobody answers: ages are still true then. */
  nowMs(): number;
  /** The same, but stands still while nobody answers: expected ends are not known any more. */
  knownMs(): number;
  /** Calls `listener` each second; returns what ends it. */
  subscribe(listener: () => void): () => void;
}

/** The moment at which a page is rendered; never goes on. */
export function stillTicker(now: string): Ticker {
  const ms = Date.parse(now);
  return { nowMs: () => ms, knownMs: () => ms, subscribe: () => () => {} };
}

/** What is further back was not late: the clock of the server was set. */
const LATE_MS = 20_000;

/** The clock of the server as far as a browser knows it: its own may be wrong, so only what passes is taken from it. */
export class ServerClock implements Ticker {
  #offsetMs: number;
  #offlineSinceMs: number | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(now: string) {
    this.#offsetMs = Date.parse(now) - Date.now();
    setInterval(() => {
      if (!document.hidden) for (const listener of this.#listeners) listener();
    }, 1_000);
  }

  /** What the server said: just now, or a while ago if it was on its way for long, which sets no clock back. */
  set(now: string): void {
    const offsetMs = Date.parse(now) - Date.now();
    const isLate = offsetMs < this.#offsetMs && offsetMs > this.#offsetMs - LATE_MS;
    if (!isLate) this.#offsetMs = offsetMs;
  }

  setOnline(isOnline: boolean): void {
    if (isOnline) this.#offlineSinceMs = undefined;
    else this.#offlineSinceMs ??= this.nowMs();
  }

  nowMs(): number {
    return Date.now() + this.#offsetMs;
  }

  knownMs(): number {
    return this.#offlineSinceMs ?? this.nowMs();
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
