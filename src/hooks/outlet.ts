import { connect } from 'node:net';
import { Connection } from '../protocol/connection.ts';
import { type FromDispatcher, fromDispatcher } from '../protocol/from-dispatcher.ts';
import { PROTOCOL_VERSIONS } from '../protocol/hello.ts';
import type { AddMessage, DispatchMessage, EventMessage, ToDispatcher } from '../protocol/to-dispatcher.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import { backoffMs } from '../support/backoff.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import { type Deferred, deferred } from '../support/deferred.ts';
import type { HostPort } from '../support/host-port.ts';
import type { Logger } from '../support/logger.ts';

/** A dispatch as the observer asks for it. */
export type Dispatch = Omit<DispatchMessage, 'type' | 'request'>;

/** An event as the observer tells it. */
export type Occasion = Omit<EventMessage, 'type' | 'request'>;

/** What came of it: the runs, and in words why there are none. */
export interface Answer {
  readonly runs: readonly number[];
  readonly note?: string;
  /** Those of `runs` that were there before. */
  readonly known?: readonly number[];
  /** Of one that was added. */
  readonly repository?: number;
}

/** What the outlet needs. */
export interface OutletOptions {
  /** Where the dispatcher is; asked anew at each connect, since it may have moved. */
  readonly dispatcher: () => Promise<HostPort>;
  readonly token: () => string;
  /** Version of the program, for people. */
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** All repositories, each time they change and at each connect. */
  readonly onRepositories: (repositories: readonly WireRepository[]) => void;
}

/** The dispatcher said no to a dispatch. `reason` is its own code. */
export class DispatchFailedError extends CiError {
  override readonly name = 'DispatchFailedError';
  readonly code = 'E_DISPATCH_FAILED';
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(`the dispatcher did not take the push (${reason}): ${message}`);
    this.reason = reason;
  }
}

/** The observer is stopping: what was not acknowledged stays in the inbox for the next start. */
export class OutletClosedError extends CiError {
  override readonly name = 'OutletClosedError';
  readonly code = 'E_OBSERVER_STOPPED';
  constructor() {
    super('the observer was stopped; what waits is in its inbox and goes on at the next start');
  }
}

/** Longest silence between connecting and being welcome, in milliseconds. */
const WELCOME_MS = 10_000;

interface Waiting {
  readonly message: ToDispatcher;
  readonly answer: Deferred<Answer>;
}

/**
 * The observer's one connection to the dispatcher, made again as often as it breaks. What is dispatched while there is
 * none waits, in order; what was sent and not answered is sent again, which is harmless.
 */
export class Outlet {
  readonly #options: OutletOptions;
  readonly #waiting = new Map<number, Waiting>();
  #connection: Connection<ToDispatcher, FromDispatcher> | undefined;
  #isWelcome = false;
  #isRunning = false;
  #tries = 0;
  #requests = 0;
  #timers: (() => void)[] = [];
  #complaint = '';

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Is there a dispatcher at the other end? */
  get isConnected(): boolean {
    return this.#isWelcome;
  }

  /** Begins to connect. */
  start(): void {
    this.#isRunning = true;
    void this.#connect();
  }

  /** Ends the connection; what waits is rejected with {@link OutletClosedError}. */
  stop(): void {
    this.#isRunning = false;
    this.#stopTimers();
    this.#connection?.close('the observer was stopped');
    for (const { answer } of this.#waiting.values()) answer.reject(new OutletClosedError());
    this.#waiting.clear();
  }

  /**
   * Gives a push to the dispatcher; fulfilled with its runs once they are durable there, however long that
   * takes. @throws {DispatchFailedError} if it is refused. @throws {OutletClosedError} if the observer stops first.
   */
  dispatch(dispatch: Dispatch): Promise<Answer> {
    return this.#ask({ type: 'dispatch', request: ++this.#requests, ...dispatch });
  }

  /** Tells the dispatcher of something that is no push; as {@link dispatch}. */
  event(occasion: Occasion): Promise<Answer> {
    return this.#ask({ type: 'event', request: ++this.#requests, ...occasion });
  }

  /** Asks for a repository to be watched; its id, also of one that is watched already. As {@link dispatch}. */
  async addRepository(wanted: Omit<AddMessage, 'type' | 'request'>): Promise<number> {
    const { repository } = await this.#ask({ type: 'add', request: ++this.#requests, ...wanted });
    if (repository !== undefined) return repository;
    throw new DispatchFailedError('E_INTERNAL', 'it added a repository and did not say which');
  }

  #ask(message: DispatchMessage | EventMessage | AddMessage): Promise<Answer> {
    if (!this.#isRunning) return Promise.reject(new OutletClosedError());
    const answer = deferred<Answer>();
    this.#waiting.set(message.request, { message, answer });
    if (this.#isWelcome) this.#connection?.send(message);
    return answer.promise;
  }

  async #connect(): Promise<void> {
    try {
      const { host, port } = await this.#options.dispatcher();
      if (this.#isRunning) this.#open(host, port);
    } catch (error) {
      this.#closed(messageOf(error));
    }
  }

  #open(host: string, port: number): void {
    const socket = connect({ host, port });
    const connection = new Connection<ToDispatcher, FromDispatcher>(socket, {
      clock: this.#options.clock,
      schema: fromDispatcher,
      events: {
        message: (message) => this.#take(message),
        closed: (why) => this.#closed(`${host}:${port}: ${why}`),
      },
    });
    this.#connection = connection;
    this.#timers.push(this.#options.clock.after(WELCOME_MS, () => this.#isWelcome || connection.close('no welcome')));
    const { token, version } = this.#options;
    connection.send({ type: 'hello', role: 'observer', protocol: PROTOCOL_VERSIONS, token: token(), version });
  }

  #take(message: FromDispatcher): void {
    if (message.type === 'welcome') this.#welcome(message.heartbeatMs);
    else if (message.type === 'repositories') this.#options.onRepositories(message.repositories);
    else if (message.type === 'dispatched') this.#settle(message.request)?.resolve(message);
    else if (message.type === 'dispatch_failed')
      this.#settle(message.request)?.reject(new DispatchFailedError(message.code, message.message));
    else if (message.type === 'refused') this.#connection?.close(`refused (${message.code}): ${message.message}`);
  }

  #welcome(heartbeatMs: number): void {
    this.#isWelcome = true;
    this.#tries = 0;
    this.#complaint = '';
    this.#options.logger.info('connected to the dispatcher');
    const beat = () => this.#connection?.send({ type: 'heartbeat', executions: [] });
    this.#timers.push(this.#options.clock.every(heartbeatMs, beat));
    for (const { message } of this.#waiting.values()) this.#connection?.send(message);
  }

  #settle(request: number): Deferred<Answer> | undefined {
    const waiting = this.#waiting.get(request);
    this.#waiting.delete(request);
    return waiting?.answer;
  }

  #closed(why: string): void {
    this.#isWelcome = false;
    this.#connection = undefined;
    this.#stopTimers();
    if (!this.#isRunning) return;
    if (this.#complaint !== why)
      this.#options.logger.warn({ why }, 'no dispatcher; pushes wait in the inbox until there is one');
    this.#complaint = why;
    const waitMs = backoffMs(this.#tries++, { firstMs: 50, maxMs: 5000 });
    this.#timers.push(this.#options.clock.after(waitMs, () => void this.#connect()));
  }

  #stopTimers(): void {
    for (const stop of this.#timers.splice(0)) stop();
  }
}
