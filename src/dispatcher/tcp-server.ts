import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../support/clock.ts';
import type { HostPort } from '../support/host-port.ts';
import { isLoopback } from '../support/http-guard.ts';
import { ListenError } from '../support/http-server.ts';
import type { Logger } from '../support/logger.ts';

/** Takes a socket of one protocol, with the bytes that were read already. */
export type AcceptSocket = (socket: Socket, firstBytes: Buffer) => void;

/** What {@link TcpServer} needs. */
export interface TcpServerOptions {
  readonly listen: HostPort;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly native: AcceptSocket;
  readonly http: AcceptSocket;
  /** The chapter's protocol; it has no credentials, so it is taken from loopback only. Absent: not spoken. */
  readonly classic?: AcceptSocket | undefined;
  /** Most connections at once; what comes after is closed. Default 1 000. */
  readonly maxConnections?: number;
}

/** How long a connection may say nothing at first, in milliseconds. */
const FIRST_BYTE_MS = 10_000;

/** How long an answer that is on its way may take when the server closes, in milliseconds. */
const CLOSE_MS = 1_000;

/** One port for all protocols, told apart by the first byte: see `docs/protocol.md`. */
export class TcpServer {
  readonly #options: TcpServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Those that have said nothing yet. */
  readonly #silent = new Set<Socket>();

  constructor(options: TcpServerOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#greet(socket));
    this.#server.maxConnections = options.maxConnections ?? 1_000;
  }

  /**
   * Listens; the address, with the port that was got.
   * @throws {ListenError} if the port is taken or cannot be had.
   */
  listen(): Promise<HostPort> {
    const { host, port } = this.#options.listen;
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(new ListenError(host, port, error)));
      this.#server.listen(port, host, () => {
        this.#server.removeAllListeners('error');
        this.#server.on('error', (error) => this.#options.logger.warn({ err: error }, 'a connection was not accepted'));
        resolve({ host, port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  /** Takes nothing new. Those who took sockets have a moment to end them; then all are closed. */
  async close(): Promise<void> {
    for (const socket of this.#silent) socket.destroy();
    if (!this.#server.listening) return;
    const deadline = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, CLOSE_MS);
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    clearTimeout(deadline);
  }

  #greet(socket: Socket): void {
    const stopTimer = this.#options.clock.after(FIRST_BYTE_MS, () => socket.destroy());
    const over = () => {
      stopTimer();
      this.#silent.delete(socket);
    };
    this.#sockets.add(socket);
    this.#silent.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.once('close', over);
    socket.on('error', () => socket.destroy());
    socket.once('data', (bytes: Buffer) => {
      over();
      socket.off('close', over);
      // nothing is lost between two listeners: who takes the socket goes on reading
      socket.pause();
      this.#acceptFor(bytes[0] ?? 0xff, socket)(socket, bytes);
      // in a later turn: an HTTP server that is resumed at once does not see the bytes that were put back
      process.nextTick(() => socket.resume());
    });
  }

  #acceptFor(first: number, socket: Socket): AcceptSocket {
    const { native, http, classic } = this.#options;
    if (first === 0) return native;
    if (first === 0x47 || first === 0x50) return http; // G, P
    const isLowerCase = first >= 0x61 && first <= 0x7a;
    if (isLowerCase && classic !== undefined && isLoopback(socket.remoteAddress)) return classic;
    return () => socket.destroy();
  }
}
