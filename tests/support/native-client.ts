import { connect, type Socket } from 'node:net';
import { Connection } from '../../src/protocol/connection.ts';
import { type FromDispatcher, fromDispatcher } from '../../src/protocol/from-dispatcher.ts';
import { type HelloMessage, PROTOCOL_VERSIONS } from '../../src/protocol/hello.ts';
import type { ToDispatcher } from '../../src/protocol/to-dispatcher.ts';
import { systemClock } from '../../src/support/clock.ts';

/** A message of one type. */
export type Of<T extends FromDispatcher['type']> = Extract<FromDispatcher, { type: T }>;

/** How long a message may be missing before the test says so. */
const DEADLINE_MS = 10_000;

/** A client of the native protocol on a real socket, that says what a test tells it to and keeps what it hears. */
export class NativeClient implements AsyncDisposable {
  readonly socket: Socket;
  readonly connection: Connection<ToDispatcher, FromDispatcher>;
  /** Everything that was heard, in order. */
  readonly heard: FromDispatcher[] = [];
  /** Fulfilled with the reason when the connection is closed. */
  readonly closed: Promise<string>;
  readonly #unread: FromDispatcher[] = [];
  readonly #changed = new Set<() => void>();

  constructor(address: string) {
    const at = address.lastIndexOf(':');
    this.socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
    let close: (why: string) => void = () => {};
    this.closed = new Promise((resolve) => {
      close = resolve;
    });
    this.connection = new Connection(this.socket, {
      clock: systemClock,
      schema: fromDispatcher,
      silenceMs: 600_000,
      events: {
        message: (message) => {
          this.heard.push(message);
          this.#unread.push(message);
          this.took(message);
          for (const look of this.#changed) look();
        },
        closed: (why) => close(why),
      },
    });
  }

  send(message: ToDispatcher): void {
    this.connection.send(message);
  }

  /** Says hello; what is not said is as it has to be. */
  hello(hello: Partial<HelloMessage> & Pick<HelloMessage, 'role'>): void {
    this.send({ type: 'hello', protocol: PROTOCOL_VERSIONS, token: 'token', version: '0.0.0-test', ...hello });
  }

  /** The next message of this type (that fits), which nobody asked for yet. */
  async received<T extends FromDispatcher['type']>(
    type: T,
    fits: (message: Of<T>) => boolean = () => true,
  ): Promise<Of<T>> {
    const isIt = (message: FromDispatcher): message is Of<T> => message.type === type && fits(message as Of<T>);
    let deadline: NodeJS.Timeout | undefined;
    let look = () => {};
    try {
      return await new Promise((resolve, reject) => {
        const said = () => this.heard.map((message) => message.type).join(', ') || 'nothing';
        deadline = setTimeout(() => reject(new Error(`no ${type} came; what came is ${said()}`)), DEADLINE_MS);
        look = () => {
          const found = this.#unread.find(isIt);
          if (found === undefined) return;
          this.#unread.splice(this.#unread.indexOf(found), 1);
          this.#changed.delete(look); // the next one may have come together with this one, and is for others
          resolve(found);
        };
        this.#changed.add(look);
        look();
      });
    } finally {
      clearTimeout(deadline);
      this.#changed.delete(look);
    }
  }

  /** How many messages of a type were heard. */
  count(type: FromDispatcher['type']): number {
    return this.heard.filter((message) => message.type === type).length;
  }

  /** The connection breaks, without a word. */
  async vanish(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.vanish();
  }

  /** Something was heard. */
  protected took(_message: FromDispatcher): void {}
}
