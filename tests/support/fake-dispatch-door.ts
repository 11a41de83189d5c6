import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Connection } from '../../src/protocol/connection.ts';
import type { FromDispatcher } from '../../src/protocol/from-dispatcher.ts';
import {
  type AddMessage,
  type DispatchMessage,
  type EventMessage,
  type ToDispatcher,
  toDispatcher,
} from '../../src/protocol/to-dispatcher.ts';
import type { WireRepository } from '../../src/protocol/wire-repository.ts';
import { systemClock } from '../../src/support/clock.ts';
import { type Deferred, deferred } from '../../src/support/deferred.ts';
import { waitFor } from './wait-for.ts';

type Peer = Connection<FromDispatcher, ToDispatcher>;

/** Where an observer's dispatches go in tests: a real socket, and nothing behind it. */
export class FakeDispatchDoor implements AsyncDisposable {
  /** All that was dispatched, in order, also what was not answered. */
  readonly dispatches: DispatchMessage[] = [];
  /** All that was told of other events, in order. */
  readonly events: EventMessage[] = [];
  /** How events are answered; undefined: not at all. */
  answerEvent: (message: EventMessage) => FromDispatcher | undefined = ({ request }) => ({
    type: 'dispatched',
    request,
    runs: [request],
  });
  /** Repositories that it was asked to watch, in order. */
  readonly added: AddMessage[] = [];
  /** How such are answered; undefined: not at all. */
  answerAdd: (message: AddMessage) => FromDispatcher | undefined = () => undefined;
  /** Tokens of the hellos. */
  readonly tokens: string[] = [];
  /** How dispatches are answered; undefined: not at all. */
  answer: (message: DispatchMessage) => FromDispatcher | undefined = ({ request, commits }) => ({
    type: 'dispatched',
    request,
    runs: commits.map((_, at) => at + 1),
  });
  #repositories: readonly WireRepository[] = [];
  #server: Server | undefined;
  #port = 0;
  readonly #peers = new Set<Peer>();
  #arrival: Deferred<void> = deferred();

  static async start(repositories: readonly WireRepository[] = []): Promise<FakeDispatchDoor> {
    const door = new FakeDispatchDoor();
    door.#repositories = repositories;
    await door.open();
    return door;
  }

  readonly address = async (): Promise<{ host: string; port: number }> => ({ host: '127.0.0.1', port: this.#port });

  /** Opens again, on the same port, after {@link close}. */
  async open(): Promise<void> {
    const server = createServer((socket) => {
      const peer: Peer = new Connection<FromDispatcher, ToDispatcher>(socket, {
        clock: systemClock,
        schema: toDispatcher,
        events: { message: (message) => this.#take(peer, message), closed: () => void this.#peers.delete(peer) },
      });
      this.#peers.add(peer);
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    for (const peer of this.#peers) peer.close('the dispatcher is down');
    const server = this.#server;
    this.#server = undefined;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  /** Tells all observers. */
  setRepositories(repositories: readonly WireRepository[]): void {
    this.#repositories = repositories;
    for (const peer of this.#peers) peer.send({ type: 'repositories', repositories: [...repositories] });
  }

  /** Ids of all commits that were dispatched to be tested, each once, in order. */
  get shas(): string[] {
    const all = this.dispatches.flatMap(({ commits }) => commits.filter(({ skip }) => skip === undefined));
    return [...new Set(all.map(({ sha }) => sha))];
  }

  /** Waits until `isThere` says yes of what was dispatched so far. */
  async until(what: string, isThere: (door: FakeDispatchDoor) => boolean): Promise<void> {
    await waitFor(
      what,
      () => isThere(this),
      () => this.#arrival.promise,
    );
  }

  /** Waits until a commit was dispatched. */
  async untilSha(sha: string): Promise<void> {
    await this.until(`dispatch of ${sha}`, () => this.shas.includes(sha));
  }

  /** What was dispatched with this commit as its tip, first. */
  of(sha: string): DispatchMessage {
    const found = this.dispatches.find(({ after }) => after === sha);
    if (found === undefined) throw new Error(`nothing with the tip ${sha} was dispatched`);
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #take(peer: Peer, message: ToDispatcher): void {
    if (message.type === 'hello') {
      this.tokens.push(message.token);
      peer.send({ type: 'welcome', protocol: 1, heartbeatMs: 5000, leaseMs: 30_000, resume: [], drop: [] });
      peer.send({ type: 'repositories', repositories: [...this.#repositories] });
    } else if (message.type === 'heartbeat') peer.send({ type: 'heartbeat_ack', lost: [] });
    else if (message.type === 'dispatch') this.#dispatched(peer, message);
    else if (message.type === 'event') this.#told(peer, message);
    else if (message.type === 'add') this.#asked(peer, message);
  }

  #asked(peer: Peer, message: AddMessage): void {
    this.added.push(message);
    const answer = this.answerAdd(message);
    if (answer !== undefined) peer.send(answer);
    this.#arrival.resolve();
    this.#arrival = deferred();
  }

  #told(peer: Peer, message: EventMessage): void {
    this.events.push(message);
    const answer = this.answerEvent(message);
    if (answer !== undefined) peer.send(answer);
    this.#arrival.resolve();
    this.#arrival = deferred();
  }

  #dispatched(peer: Peer, message: DispatchMessage): void {
    this.dispatches.push(message);
    const answer = this.answer(message);
    if (answer !== undefined) peer.send(answer);
    this.#arrival.resolve();
    this.#arrival = deferred();
  }
}
