import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ticketOf } from '../git/upload-pack.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { JobRecord } from '../store/job-record.ts';
import type { Store } from '../store/store.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';
import { codeOf } from './errors.ts';
import type { Tickets } from './tickets.ts';

/** What {@link GitService} needs. */
export interface GitServiceOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly background: Background;
  readonly tickets: Tickets;
  /** Answers the rest of an authorised request: read-only smart HTTP of one repository. */
  readonly serve: (request: IncomingMessage, response: ServerResponse, repository: number) => Promise<void>;
  /** Answers an authorised request for the artifacts of a run. */
  readonly serveArtifacts: (
    request: IncomingMessage,
    response: ServerResponse,
    key: ExecutionKey & { readonly run: number },
  ) => Promise<void>;
}

/** How long a client has for the head of its request, in milliseconds. */
const HEAD_MS = 10_000;
/** A connection on which nothing moved for so long is closed, in milliseconds: packing a large repository is silent. */
const IDLE_MS = 300_000;
/** What git asks for, and nothing else. */
const ROUTES = /^\/git\/(\d{1,15})\/(?:info\/refs\?service=git-upload-pack|git-upload-pack)$/;

/**
 * Gives commits to runners on other machines, over the dispatcher's own port, and keeps artifacts. The password is the
 * ticket of a lease, good for the repository and the run of that job, as long as the lease is held.
 */
export class GitService {
  readonly #options: GitServiceOptions;
  readonly #server: Server;
  readonly #heads = new WeakMap<Socket, () => void>();
  readonly #sockets = new Set<Socket>();

  constructor(options: GitServiceOptions) {
    this.#options = options;
    const answer = (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response);
    // an artifact may take longer than Node's limit for a whole request; one that does not move is ended by IDLE_MS
    this.#server = createServer({ keepAliveTimeout: 5_000, requestTimeout: 0 }, answer);
    this.#server.on('checkContinue', answer);
    this.#server.timeout = IDLE_MS;
  }

  /** Takes a socket whose first bytes were read already. */
  accept(socket: Socket, firstBytes: Buffer): void {
    this.#sockets.add(socket);
    this.#heads.set(
      socket,
      this.#options.clock.after(HEAD_MS, () => socket.destroy()),
    );
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#heads.get(socket)?.();
    });
    socket.unshift(firstBytes);
    this.#server.emit('connection', socket);
  }

  /** Closes what is open. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    this.#heads.get(request.socket)?.();
    if (/^\/artifacts(?:[/?]|$)/.test(request.url ?? '')) {
      this.#options.background.run('serve an artifact', () => this.#answerArtifacts(request, response));
      return;
    }
    this.#options.background.run('serve a commit', async () => {
      const repository = Number(ROUTES.exec(request.url ?? '')?.[1]);
      if (!Number.isInteger(repository)) return say(response, 404, 'there is nothing here but git-upload-pack');
      const isAllowed = await this.#isAllowed(request, repository);
      if (!isAllowed) return say(response, 401, 'the ticket is not good for this repository (any more)');
      try {
        await this.#options.serve(request, response, repository);
      } catch (error) {
        // git shows the words to who asked; half an answer looks like a whole one unless the connection breaks
        if (response.headersSent) response.destroy();
        else say(response, 503, messageOf(error));
        throw error;
      }
    });
  }

  async #answerArtifacts(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const job = await this.#holder(request);
    if (job === undefined) return say(response, 401, 'the ticket is not good (any more)');
    try {
      await this.#options.serveArtifacts(request, response, { job: job.id, execution: job.execution, run: job.runId });
    } catch (error) {
      response.destroy();
      if (!request.socket.destroyed || codeOf(error) !== undefined) throw error; // a runner that went away is no news
    }
  }

  async #isAllowed(request: IncomingMessage, repository: number): Promise<boolean> {
    const job = await this.#holder(request);
    const found = job && (await this.#options.store.run(job.runId));
    return found?.run.repositoryId === repository;
  }

  /** The job whose ticket is shown, if its lease is still held. */
  async #holder(request: IncomingMessage): Promise<JobRecord | undefined> {
    const key = this.#options.tickets.check(ticketOf(request) ?? '');
    const job = key && (await this.#options.store.job(key.job));
    return job !== undefined && job.execution === key?.execution && UNDER_WAY.has(job.state) ? job : undefined;
  }
}

const UNDER_WAY: ReadonlySet<string> = new Set(['leased', 'running', 'cancelling']);

function say(response: ServerResponse, status: number, words: string): void {
  const challenge = status === 401 ? { 'WWW-Authenticate': 'Basic realm="signalbox"' } : {};
  response.writeHead(status, { 'Content-Type': 'text/plain', ...challenge }).end(`${words}\n`);
}
