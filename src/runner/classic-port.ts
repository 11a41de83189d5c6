import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { CLASSIC_RUNNER_PORTS, type ClassicCommand, parseClassicCommand } from '../protocol/classic.ts';
import { messageOf } from '../support/ci-error.ts';
import { NoClassicPortError } from './runner-errors.ts';

/** Answers a command: `pong`, `OK`, `BUSY`. */
export type ClassicAnswerer = (command: ClassicCommand) => string;

/** The chapter's programs name themselves so, and its dispatcher reads no address that has a dot in it. */
export const CLASSIC_HOST = 'localhost';
/** Not the name: it may mean `::1`, where the chapter's dispatcher does not look. */
const ADDRESS = '127.0.0.1';
/** A connection says one thing and reads one answer; after so long without a word it is closed, in milliseconds. */
const SILENCE_MS = 10_000;
const MAX_CONNECTIONS = 64;

/** The port on which a classic runner hears its dispatcher. */
export class ClassicPort {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #answer: ClassicAnswerer = () => 'BUSY';

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Takes the first port from `first` to `last` that is free; 0: any.
   * @throws {NoClassicPortError} if none is.
   */
  static async open({ first, last } = CLASSIC_RUNNER_PORTS as { first: number; last: number }): Promise<ClassicPort> {
    const port = new ClassicPort();
    for (let number = first; number <= last; number++) if (await port.#listen(number)) return port;
    throw new NoClassicPortError(first, last);
  }

  get number(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Lets `answer` answer from now on; before that everybody hears `BUSY`. */
  serve(answer: ClassicAnswerer): void {
    this.#answer = answer;
  }

  /** Safe twice. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async #listen(number: number): Promise<boolean> {
    try {
      this.#server.listen(number, ADDRESS);
      await once(this.#server, 'listening');
      return true;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' || code === 'EACCES') return false;
      throw error;
    }
  }

  #serve(socket: Socket): void {
    let heard: Buffer = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(SILENCE_MS, () => socket.destroy());
    socket.on('data', (bytes: Buffer) => {
      heard = Buffer.concat([heard, bytes]);
      const answer = this.#answerTo(heard);
      if (answer === undefined) return;
      socket.removeAllListeners('data').resume();
      socket.end(answer);
    });
  }

  #answerTo(heard: Buffer): string | undefined {
    try {
      const command = parseClassicCommand(heard);
      return command === undefined ? undefined : this.#answer(command);
    } catch (error) {
      return messageOf(error);
    }
  }
}
