import { connect, type Socket } from 'node:net';
import { Connection } from '../protocol/connection.ts';
import { type FromDispatcher, fromDispatcher } from '../protocol/from-dispatcher.ts';
import type { HelloMessage } from '../protocol/hello.ts';
import type { ToDispatcher } from '../protocol/to-dispatcher.ts';
import { backoffMs } from '../support/backoff.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';

/** Where the dispatcher listens. */
export interface DispatcherAddress {
  readonly host: string;
  readonly port: number;
}

export type DispatcherConnection = Connection<ToDispatcher, FromDispatcher>;
type Welcome = Extract<FromDispatcher, { type: 'welcome' }>;
type Refused = Extract<FromDispatcher, { type: 'refused' }>;

/** What a link is made of. */
export interface LinkOptions {
  /** Asked before each try: the address may change. */
  readonly dispatcher: () => Promise<DispatcherAddress>;
  /** Asked at each connection. */
  readonly hello: () => HelloMessage;
  /** How long what is said now may wait for more, in milliseconds. */
  readonly mayWaitMs: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: {
    welcomed(connection: DispatcherConnection, welcome: Welcome): void;
    message(message: FromDispatcher): void;
    /** A connection that had been welcomed is gone; another is tried. */
    lost(why: string): void;
    /** Is another try of any use? */
    refused(refused: Refused): boolean;
  };
}

/** A dispatcher that does not answer within this time is tried again, in milliseconds. */
const ANSWER_MS = 10_000;

/** The connection to the dispatcher: made, said hello on, and made again for ever when it is gone. */
export class DispatcherLink {
  readonly #options: LinkOptions;
  #connection: DispatcherConnection | undefined;
  #socket: Socket | undefined;
  #isStopped = true;
  #isWelcome = false;
  #failures = 0;
  /** What was said last of why there is no connection; said once, it is tried for ever. */
  #complaint = '';
  #address: DispatcherAddress | undefined;
  #cancelTry: (() => void) | undefined;
  #cancelDeadline: (() => void) | undefined;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  /** The connection, if the dispatcher has said welcome on it. */
  get connection(): DispatcherConnection | undefined {
    return this.#isWelcome ? this.#connection : undefined;
  }

  /** The address that was used last. */
  get address(): DispatcherAddress | undefined {
    return this.#address;
  }

  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    void this.#try();
  }

  /** Says hello again, over another connection. */
  renew(why: string): void {
    this.#connection?.close(why);
  }

  /** Closes after what was said has gone out; no more tries. */
  stop(): void {
    this.#isStopped = true;
    this.#cancelTry?.();
    this.#cancelDeadline?.();
    if (this.#connection !== undefined) this.#connection.end('the runner leaves');
    else this.#socket?.destroy();
  }

  async #try(): Promise<void> {
    try {
      this.#address = await this.#options.dispatcher();
      if (this.#isStopped) return;
      this.#open(this.#address);
    } catch (error) {
      this.#later(messageOf(error));
    }
  }

  #open({ host, port }: DispatcherAddress): void {
    const socket = connect({ host, port });
    this.#socket = socket;
    let failure = 'the connection was closed';
    const failed = (error: Error) => {
      failure = messageOf(error);
    };
    const gone = () => this.#later(failure);
    socket.once('error', failed);
    socket.once('close', gone);
    this.#deadline(() => socket.destroy(new Error(`no answer from ${host}:${port} within ${ANSWER_MS} ms`)));
    socket.once('connect', () => {
      socket.off('error', failed);
      socket.off('close', gone);
      if (this.#isStopped) socket.destroy();
      else this.#greet(socket);
    });
  }

  #greet(socket: Socket): void {
    const { clock, hello, mayWaitMs } = this.#options;
    const connection: DispatcherConnection = new Connection(socket, {
      clock,
      schema: fromDispatcher,
      mayWaitMs,
      events: { message: (message) => this.#hear(connection, message), closed: (why) => this.#closed(why) },
    });
    this.#connection = connection;
    this.#deadline(() => connection.close(`no welcome within ${ANSWER_MS} ms`));
    connection.send(hello());
  }

  #hear(connection: DispatcherConnection, message: FromDispatcher): void {
    if (message.type === 'refused') this.#refused(message);
    else if (message.type === 'welcome') this.#welcomed(connection, message);
    else this.#options.events.message(message);
  }

  #welcomed(connection: DispatcherConnection, welcome: Welcome): void {
    this.#cancelDeadline?.();
    this.#failures = 0;
    this.#complaint = '';
    this.#isWelcome = true;
    this.#options.events.welcomed(connection, welcome);
  }

  #refused(message: Refused): void {
    if (!this.#options.events.refused(message)) this.stop();
  }

  #closed(why: string): void {
    const wasWelcome = this.#isWelcome;
    this.#connection = undefined;
    this.#isWelcome = false;
    if (wasWelcome && !this.#isStopped) {
      this.#complaint = why;
      this.#options.events.lost(why);
    }
    this.#later(why);
  }

  #later(why: string): void {
    this.#cancelDeadline?.();
    this.#socket = undefined;
    if (this.#isStopped) return;
    const ms = backoffMs(this.#failures++);
    const context = { dispatcher: this.#address, why };
    if (this.#complaint !== why)
      this.#options.logger.warn(context, 'no connection to the dispatcher; it is tried again');
    this.#complaint = why;
    this.#cancelTry = this.#options.clock.after(ms, () => void this.#try());
  }

  #deadline(fire: () => void): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = this.#options.clock.after(ANSWER_MS, fire);
  }
}
