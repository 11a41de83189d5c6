import type { LiveEvent } from './page.ts';

/** Is the server there? */
export type Connection =
  | { readonly state: 'connecting' }
  | { readonly state: 'live' }
  /** The server answers, but its stream of events does not get through: the page asks again each few seconds. */
  | { readonly state: 'asking' }
  /** `nextTryMs`: when it is tried again, by the clock of the browser. */
  | { readonly state: 'offline'; readonly since: Date; readonly nextTryMs: number };

/** What parts of a page need of the connection. */
export interface LiveState {
  readonly connection: Connection;
  onConnection(listener: () => void): () => void;
  onEvent(listener: (event: LiveEvent) => void): () => void;
  /** Tries at once. */
  retry(): void;
}

/** Is the server there, whatever keeps its stream of events away? */
async function answers(): Promise<boolean> {
  try {
    return (await fetch('/healthz', { signal: AbortSignal.timeout(FIRST_RETRY_MS) })).ok;
  } catch {
    return false;
  }
}

/** On the server, and before the first connection. */
export const notConnected: LiveState = {
  connection: { state: 'connecting' },
  onConnection: () => () => {},
  onEvent: () => () => {},
  retry() {},
};

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;

/**
 * One stream of events for all parts of a page, while somebody looks at it: a browser has six connections for a host,
 * and tabs that nobody sees must not use them up. What was missed is told by {@link onBack}.
 */
export class Live implements LiveState {
  connection: Connection = { state: 'connecting' };
  readonly #connectionListeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: LiveEvent) => void>();
  readonly #onBack: () => void;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #since: Date | undefined;
  #hasBeenOpen = false;

  /** `onBack` is called when events may have been missed. */
  constructor(onBack: () => void) {
    this.#onBack = onBack;
  }

  start(): void {
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#leave() : this.#join()));
    addEventListener('pagehide', () => this.#leave());
    addEventListener('pageshow', () => this.#join());
    addEventListener('online', () => this.retry());
    this.#join();
  }

  onConnection(listener: () => void): () => void {
    this.#connectionListeners.add(listener);
    return () => this.#connectionListeners.delete(listener);
  }

  onEvent(listener: (event: LiveEvent) => void): () => void {
    this.#eventListeners.add(listener);
    return () => this.#eventListeners.delete(listener);
  }

  retry(): void {
    if (this.connection.state === 'live') return;
    this.#leave();
    this.#join();
  }

  #join(): void {
    if (this.#source !== undefined || document.hidden) return;
    clearTimeout(this.#retry);
    const source = this.#open();
    if (source === undefined) return void this.#failed();
    this.#source = source;
    source.onopen = () => this.#opened();
    source.onmessage = (message) => {
      const event: LiveEvent = JSON.parse(message.data);
      for (const listener of this.#eventListeners) listener(event);
    };
    source.onerror = () => this.#failed();
  }

  /** Undefined: the browser has no such thing, or something in it does not allow it. */
  #open(): EventSource | undefined {
    try {
      return new EventSource('/api/events');
    } catch {
      return undefined;
    }
  }

  #leave(): void {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }

  #opened(): void {
    this.#retryMs = FIRST_RETRY_MS;
    this.#since = undefined;
    this.#become({ state: 'live' });
    // the page was made a moment before the first stream: what happened in between has to be asked for too
    this.#onBack();
    this.#hasBeenOpen = true;
  }

  #failed(): void {
    this.#leave();
    // the first try may fail because the page is left already
    if (!this.#hasBeenOpen && this.#since === undefined) this.#retryMs = 500;
    const retryMs = this.#retryMs;
    this.#since ??= new Date();
    const lost = { state: 'offline', since: this.#since, nextTryMs: Date.now() + retryMs } as const;
    this.#retry = setTimeout(() => this.#join(), retryMs);
    this.#retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    void answers().then((isThere) => {
      if (this.#source !== undefined || this.#since !== lost.since) return; // it is tried again, or open, already
      this.#become(isThere ? { state: 'asking' } : lost);
      if (isThere) this.#onBack();
    });
  }

  #become(connection: Connection): void {
    this.connection = connection;
    for (const listener of this.#connectionListeners) listener();
  }
}
