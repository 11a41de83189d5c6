import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import { Connection } from '../protocol/connection.ts';
import { type HelloMessage, PROTOCOL_VERSIONS } from '../protocol/hello.ts';
import { type ToDispatcher, toDispatcher } from '../protocol/to-dispatcher.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { NativeConnection, Outgoing } from './outgoing.ts';

/** What speaks on a connection after its hello was accepted. */
export interface NativeSession {
  message(message: ToDispatcher): void;
  log?(chunk: { job: number; execution: number; offset: number; bytes: Buffer }): void;
  closed(why: string): void;
}

/** What {@link NativeDoor} needs. */
export interface NativeDoorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly token: string;
  /** Silence after which a connection counts as dead, in milliseconds. */
  readonly silenceMs: number;
  /** Makes the session of a role; undefined if the hello lacks what that role needs. */
  readonly open: (hello: HelloMessage, protocol: number, connection: NativeConnection) => NativeSession | undefined;
}

/** How long a connection has to say its hello, in milliseconds, and how long that may be, in bytes. */
const HELLO_MS = 10_000;
const MAX_HELLO_BYTES = 1024 * 1024;

/** Lets native connections in: nothing is done, and little is read, before the hello was found good. */
export class NativeDoor {
  readonly #options: NativeDoorOptions;
  readonly #connections = new Set<NativeConnection>();

  constructor(options: NativeDoorOptions) {
    this.#options = options;
  }

  /** Takes a socket whose first bytes were read already. */
  accept(socket: Socket, firstBytes: Buffer): void {
    const { clock, logger, silenceMs } = this.#options;
    let session: NativeSession | undefined;
    const connection: NativeConnection = new Connection<Outgoing, ToDispatcher>(socket, {
      clock,
      silenceMs,
      schema: toDispatcher,
      events: {
        message: (message) => {
          if (session !== undefined) return session.message(message);
          session = this.#hello(message, connection);
          endWatch();
        },
        log: (chunk) => session?.log?.(chunk),
        closed: (why) => {
          endWatch();
          this.#connections.delete(connection);
          logger.debug({ why }, 'a native connection is closed');
          session?.closed(why);
        },
      },
    });
    const endWatch = watchHello(socket, firstBytes.length, clock, (why) => connection.close(why));
    this.#connections.add(connection);
    connection.receive(firstBytes);
  }

  /** Closes every connection, after what was sent has gone out. */
  closeAll(why: string): void {
    for (const connection of this.#connections) connection.end(why);
  }

  #hello(message: ToDispatcher, connection: NativeConnection): NativeSession | undefined {
    if (message.type !== 'hello')
      return refuse(connection, 'E_HELLO_EXPECTED', `the first message has to be a hello, not ${message.type}`);
    const { min, max } = message.protocol;
    const protocol = Math.min(max, PROTOCOL_VERSIONS.max);
    if (protocol < Math.max(min, PROTOCOL_VERSIONS.min))
      return refuse(connection, 'E_PROTOCOL_VERSION', words(message));
    if (!isSame(message.token, this.#options.token)) return refuse(connection, 'E_BAD_TOKEN', BAD_TOKEN);
    const session = this.#options.open(message, protocol, connection);
    return session ?? refuse(connection, 'E_HELLO_EXPECTED', 'the hello of a runner has to say which runner it is');
  }
}

const BAD_TOKEN =
  "the token is not this dispatcher's; take the one in <home>/token on the dispatcher's machine (--token-file)";

function words({ protocol: { min, max }, version }: HelloMessage): string {
  const ours = `${PROTOCOL_VERSIONS.min} to ${PROTOCOL_VERSIONS.max}`;
  const older = max < PROTOCOL_VERSIONS.min ? 'that program' : 'the dispatcher';
  return `version ${version} speaks protocol ${min} to ${max}, this dispatcher ${ours}; update ${older}`;
}

function refuse(connection: NativeConnection, code: string, message: string): undefined {
  connection.send({ type: 'refused', code, message });
  connection.end(message);
  return undefined;
}

/** Closes what does not get to its hello in time, or sends too much before it; returns what ends the watch. */
function watchHello(socket: Socket, bytesSoFar: number, clock: Clock, close: (why: string) => void): () => void {
  let bytes = bytesSoFar;
  const count = (more: Buffer) => {
    bytes += more.length;
    if (bytes > MAX_HELLO_BYTES) close('too many bytes before the hello');
  };
  const stopTimer = clock.after(HELLO_MS, () => close('no hello in time'));
  socket.on('data', count);
  return () => {
    stopTimer();
    socket.off('data', count);
  };
}

/** Compares in a time that tells nothing; digests, because `timingSafeEqual` throws on unequal lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
