import { type ClientRequest, type IncomingMessage, request } from 'node:http';

/** One event as it came. */
export interface SentEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  /** The `data` line as JSON; undefined if there was none. */
  readonly data: unknown;
}

/** A reader of server-sent events that can stop reading. */
export class EventReader implements Disposable {
  readonly #request: ClientRequest;
  readonly #answer: Promise<IncomingMessage>;
  #text = '';
  /** Comments that came: `alive`. */
  readonly comments: string[] = [];

  constructor(port: number, path: string, headers: Readonly<Record<string, string>> = {}) {
    this.#request = request({ host: '127.0.0.1', port, path, headers, agent: false });
    this.#answer = new Promise((resolve, reject) =>
      this.#request.once('response', (answer) => resolve(answer.setEncoding('utf8'))).on('error', reject),
    );
    this.#answer.catch(() => {});
    this.#request.end();
  }

  /** The answer, when its head has come. */
  get answer(): Promise<IncomingMessage> {
    return this.#answer;
  }

  /** The next event, comments left out; undefined when the server ended the stream. */
  async next(): Promise<SentEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end < 0) {
        if (!(await this.#more())) return undefined;
        continue;
      }
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      if (lines[0]?.startsWith(':')) {
        this.comments.push(lines[0].slice(1).trim());
        continue;
      }
      const field = (name: string) => lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field('data');
      return { id: field('id'), event: field('event'), data: data === undefined ? undefined : JSON.parse(data) };
    }
  }

  /** Reads until `isIt`; throws when the stream ends before. */
  async until(isIt: (event: SentEvent) => boolean): Promise<SentEvent[]> {
    const events: SentEvent[] = [];
    for (;;) {
      const event = await this.next();
      if (event === undefined) throw new Error(`the stream ended after ${JSON.stringify(events.slice(-3))}`);
      events.push(event);
      if (isIt(event)) return events;
    }
  }

  /** Goes away. */
  close(): void {
    this.#request.destroy();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #more(): Promise<boolean> {
    const answer = await this.#answer;
    for (;;) {
      const chunk: string | null = answer.read();
      if (chunk !== null) {
        this.#text += chunk;
        return true;
      }
      if (answer.readableEnded || answer.destroyed) return false;
      await somethingHappens(answer);
    }
  }
}

function somethingHappens(answer: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of ['readable', 'end', 'close']) answer.off(event, done);
      resolve();
    };
    for (const event of ['readable', 'end', 'close']) answer.on(event, done);
  });
}
