import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { deferred } from '../../src/support/deferred.ts';

/** Says one thing as the chapter's programs do: connect, send, wait for up to 1 kB of answer, close. */
export async function say(
  address: { host: string; port: number },
  message: string | Buffer,
  packetBytes?: number,
): Promise<string> {
  const socket = connect(address);
  await once(socket, 'connect');
  const bytes = Buffer.from(message);
  const size = packetBytes ?? bytes.length;
  for (let at = 0; at < bytes.length; at += size) {
    await new Promise<void>((resolve) => socket.write(bytes.subarray(at, at + size), () => resolve()));
  }
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer);
}

/**
 * A test runner that behaves as the chapter's does on the wire: it listens, registers itself, answers `pong`, `OK` and
 * `BUSY`, and delivers its results on a connection of its own.
 */
export class ChapterRunner implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #dispatcher: { host: string; port: number };
  readonly #test: (sha: string) => Promise<string> | string;
  readonly #sockets = new Set<Socket>();
  #started: { sha: string; seen: ReturnType<typeof deferred<void>> }[] = [];
  isBusy = false;
  pings = 0;

  constructor(dispatcher: { host: string; port: number }, test: (sha: string) => Promise<string> | string) {
    this.#dispatcher = dispatcher;
    this.#test = test;
  }

  async register(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return say(this.#dispatcher, `register:localhost:${this.port}`);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Fulfilled when `runtest` for this commit has arrived. */
  started(sha: string): Promise<void> {
    return this.#of(sha).seen.promise;
  }

  #of(sha: string) {
    const known = this.#started.find((one) => one.sha === sha);
    if (known !== undefined) return known;
    const one = { sha, seen: deferred<void>() };
    this.#started.push(one);
    return one;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.once('data', (bytes: Buffer) => {
      const text = bytes.toString().trim();
      if (text === 'ping') {
        this.pings++;
        socket.write('pong');
      } else if (text.startsWith('runtest:')) void this.#runTest(socket, text.slice('runtest:'.length));
    });
  }

  async #runTest(socket: Socket, sha: string): Promise<void> {
    if (this.isBusy) {
      socket.write('BUSY');
      return;
    }
    this.isBusy = true;
    socket.write('OK');
    this.#of(sha).seen.resolve();
    const text = await this.#test(sha);
    await say(this.#dispatcher, `results:${sha}:${Buffer.byteLength(text)}:${text}`).catch(() => '');
    this.isBusy = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    this.#started = [];
  }
}
