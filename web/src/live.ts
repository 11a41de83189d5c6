import type { Header, Interest, PageNews } from './page.ts';

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
  retry() {},
};

/** Whom the stream tells. */
export interface LiveListener {
  /** Events may have been missed. */
  back(): void;
  /** Something happened that concerns the page. */
  changed(news: PageNews): void;
  header(header: Header): void;
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;
/** Part of each wait that is left to chance: all pages lose a server at the same moment, and are not to come back at the same one. */
const CHANCE = 0.5;
/** The server says each 15 s that it is there. Who hears nothing for so long has slept, or the way to it is gone. */
const SILENCE_MS = 40_000;
const LOOK_MS = 1_000;

/**
 * One stream of events for all parts of a page, while somebody looks at it: a browser has six connections for a host,
 * and tabs that nobody sees must not use them up.
 */
export class Live implements LiveState {
  connection: Connection = { state: 'connecting' };
  readonly #connectionListeners = new Set<() => void>();
  readonly #listener: LiveListener;
  #interests: string;
  #source: EventSource | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #since: Date | undefined;
  /** When something came, by the clock on the wall: it goes on while a machine sleeps. */
  #heardMs = 0;
  #hasBeenOpen = false;

  constructor(interests: readonly Interest[], listener: LiveListener) {
    this.#interests = JSON.stringify(interests);
    this.#listener = listener;
  }

  /** From now on the page is concerned by these. */
  concernedBy(interests: readonly Interest[]): void {
    const text = JSON.stringify(interests);
    if (text === this.#interests) return;
    this.#interests = text;
    if (this.#source !== undefined) this.#rejoin();
  }

  start(): void {
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#leave() : this.#join()));
    addEventListener('pagehide', () => this.#leave());
    addEventListener('pageshow', () => this.#join());
    // a stream that was open before may never say that it is not any more
    addEventListener('online', () => this.#rejoin());
    setInterval(() => this.#source !== undefined && Date.now() - this.#heardMs > SILENCE_MS && this.#rejoin(), LOOK_MS);
    this.#join();
  }

  onConnection(listener: () => void): () => void {
    this.#connectionListeners.add(listener);
    return () => this.#connectionListeners.delete(listener);
  }

  retry(): void {
    if (this.connection.state !== 'live') this.#rejoin();
  }

  #rejoin(): void {
    this.#leave();
    this.#join();
  }

  #join(): void {
    if (this.#source !== undefined || document.hidden) return;
    clearTimeout(this.#retry);
    const source = this.#open();
    if (source === undefined) return void this.#failed();
    this.#source = source;
    this.#heardMs = Date.now();
    source.onopen = () => this.#opened();
    this.#on<PageNews>(source, 'changed', (news) => this.#listener.changed(news));
    this.#on<Header>(source, 'header', (header) => this.#listener.header(header));
    this.#on(source, 'alive', () => {});
    source.onerror = () => this.#failed();
  }

  #on<Data>(source: EventSource, name: string, told: (data: Data) => void): void {
    source.addEventListener(name, ({ data }) => {
      this.#heardMs = Date.now();
      told(JSON.parse(data));
    });
  }

  /** Undefined: the browser has no such thing, or something in it does not allow it. */
  #open(): EventSource | undefined {
    try {
      return new EventSource(`/live/changes?of=${encodeURIComponent(this.#interests)}`);
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
    this.#listener.back();
    this.#hasBeenOpen = true;
  }

  #failed(): void {
    this.#leave();
    // the first try may fail because the page is left already
    if (!this.#hasBeenOpen && this.#since === undefined) this.#retryMs = 500;
    const retryMs = this.#retryMs * (1 - CHANCE * Math.random());
    this.#since ??= new Date();
    const lost = { state: 'offline', since: this.#since, nextTryMs: Date.now() + retryMs } as const;
    this.#retry = setTimeout(() => this.#join(), retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    void answers().then((isThere) => {
      if (this.#source !== undefined || this.#since !== lost.since) return; // it is tried again, or open, already
      this.#become(isThere ? { state: 'asking' } : lost);
      if (isThere) this.#listener.back();
    });
  }

  #become(connection: Connection): void {
    this.connection = connection;
    for (const listener of this.#connectionListeners) listener();
  }
}
