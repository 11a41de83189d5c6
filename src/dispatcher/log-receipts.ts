import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { NativeConnection } from './outgoing.ts';

/** More log bytes than this on their way to the disk stop the connection until there are fewer. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024;

/** What a runner is told of the logs that it sends: how much of each is on the disk, once in a turn; and to wait. */
export class LogReceipts {
  readonly #connection: NativeConnection;
  readonly #unacknowledged = new Map<string, { key: ExecutionKey; bytes: number }>();
  #backlogBytes = 0;

  constructor(connection: NativeConnection) {
    this.#connection = connection;
  }

  stored(key: ExecutionKey, bytes: number): void {
    if (this.#unacknowledged.size === 0) setImmediate(() => this.#acknowledge());
    this.#unacknowledged.set(nameOf(key), { key, bytes });
  }

  /** A result is acknowledged, and with it the whole log. */
  isOver(key: ExecutionKey): void {
    this.#unacknowledged.delete(nameOf(key));
  }

  /** So many more, or fewer, are on their way. */
  backlog(bytes: number): void {
    const wasBehind = this.#backlogBytes > MAX_BACKLOG_BYTES;
    this.#backlogBytes += bytes;
    const isBehind = this.#backlogBytes > MAX_BACKLOG_BYTES;
    if (isBehind !== wasBehind) this.#connection.pause(isBehind);
  }

  #acknowledge(): void {
    for (const { key, bytes } of this.#unacknowledged.values())
      this.#connection.send({ type: 'log_ack', ...key, bytes });
    this.#unacknowledged.clear();
  }
}

function nameOf({ job, execution }: ExecutionKey): string {
  return `${job} ${execution}`;
}
