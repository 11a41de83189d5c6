import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { deferred } from '../../src/support/deferred.ts';
import { waitFor } from './wait-for.ts';

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

/** A result that a runner has delivered. */
export interface DeliveredResult {
  readonly sha: string;
  readonly text: string;
}

/**
 * A dispatcher that behaves as the chapter's does on the wire, but for pinging, which a test does by itself. It knows
 * what it was told in the order in which it was told.
 */
export class ChapterDispatcher implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  /** `status`, `register`, `dispatch`, `results`. */
  readonly heard: string[] = [];
  readonly runners: { readonly host: string; readonly port: number }[] = [];
  readonly results: DeliveredResult[] = [];
  /** Where it listens, or listened. */
  readonly address = { host: '127.0.0.1', port: 0 };
  /** Hangs up instead of taking results of commits that it has not given out after a `dispatch`. */
  hangsUp = false;
  readonly #given = new Set<string>();

  /** Port 0: any free one. */
  static async start(port = 0): Promise<ChapterDispatcher> {
    const dispatcher = new ChapterDispatcher();
    dispatcher.#server.listen(port, '127.0.0.1');
    await once(dispatcher.#server, 'listening');
    dispatcher.address.port = (dispatcher.#server.address() as AddressInfo).port;
    return dispatcher;
  }

  /** Says something to the runner that registered last. */
  async say(message: string): Promise<string> {
    const runner = this.runners.at(-1);
    if (runner === undefined) throw new Error('no runner has registered');
    return say({ host: '127.0.0.1', port: runner.port }, message);
  }

  /** Fulfilled with the first result for this commit. */
  async result(sha: string): Promise<string> {
    await waitFor(`a result for ${sha}`, () => this.results.some((one) => one.sha === sha));
    return this.results.find((one) => one.sha === sha)?.text ?? '';
  }

  async registered(): Promise<void> {
    await waitFor('a registration', () => this.runners.length > 0);
  }

  /** Goes away, with all that it knows. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    let bytes = Buffer.alloc(0);
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (more: Buffer) => {
      bytes = Buffer.concat([bytes, more]);
      const answer = this.#obey(bytes);
      if (answer !== undefined) socket.end(answer);
    });
  }

  #obey(bytes: Buffer): string | undefined {
    const text = bytes.toString('latin1');
    const register = /^register:(\w*):(\d+)$/.exec(text);
    const results = /^results:(\w+):(\d+):/.exec(text);
    if (results !== null && bytes.length - results[0].length < Number(results[2])) return undefined;
    this.heard.push(text.split(':')[0] ?? '');
    if (register !== null) this.runners.push({ host: `${register[1]}`, port: Number(register[2]) });
    if (text.startsWith('dispatch:') && this.runners.length === 0) return 'No runners are registered';
    if (text.startsWith('dispatch:')) void this.#dispatch(text.slice('dispatch:'.length));
    if (results !== null && this.hangsUp && !this.#given.has(`${results[1]}`)) return '';
    if (results !== null) this.results.push({ sha: `${results[1]}`, text: bytes.toString('utf8', results[0].length) });
    return register !== null || results !== null || /^(status$|dispatch:)/.test(text) ? 'OK' : 'Invalid command';
  }

  async #dispatch(sha: string): Promise<void> {
    if ((await this.say(`runtest:${sha}`)) === 'OK') this.#given.add(sha);
  }
}
