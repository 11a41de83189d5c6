import { createServer, type Server, type Socket } from 'node:net';
import type { JobSpec } from '../../src/model/plan.ts';
import { Connection } from '../../src/protocol/connection.ts';
import type { ExecutionResult } from '../../src/protocol/execution-result.ts';
import type { LogChunk } from '../../src/protocol/frame.ts';
import type { FromDispatcher, LeaseMessage } from '../../src/protocol/from-dispatcher.ts';
import { type ToDispatcher, toDispatcher } from '../../src/protocol/to-dispatcher.ts';
import type { ExecutionKey } from '../../src/protocol/wire-fields.ts';
import { systemClock } from '../../src/support/clock.ts';

type Session = Connection<FromDispatcher, ToDispatcher>;
type Of<T extends ToDispatcher['type']> = Extract<ToDispatcher, { type: T }>;

/** What of a lease a test says; the rest is made up. */
export interface LeaseWishes {
  readonly job?: number;
  readonly execution?: number;
  readonly spec?: Partial<JobSpec>;
  readonly commit?: { readonly sha: string; readonly tree: string; readonly objects: readonly string[] };
  readonly repository?: number;
}

/** How a fake dispatcher behaves. */
export interface FakeDispatcherOptions {
  readonly heartbeatMs?: number;
  /** Does it acknowledge results? Default true; it can be changed on the way. */
  readonly acknowledges?: boolean;
  /** Does it keep what is in the logs? Default true; else only how long they are. */
  readonly keepsLogs?: boolean;
  /** Does it say that it gives nothing to a runner without room on its disk? Default false, as older ones. */
  readonly heedsDisk?: boolean;
  /** Does it say that somebody has drained the runner? Default false. */
  readonly isDrained?: boolean;
  /** Port to listen on. Default: any free one. */
  readonly port?: number;
}

/**
 * The other end of the native wire: a real server on a real socket that says what it is told to, keeps what it hears,
 * and takes logs as the real one does: bytes that it has already are ignored, a gap is an error.
 */
export class FakeDispatcher implements AsyncDisposable {
  readonly heard: ToDispatcher[] = [];
  readonly sessions: Session[] = [];
  readonly gaps: string[] = [];
  acknowledges: boolean;
  acknowledgesHeartbeats = true;
  /** Executions of which it wants nothing any more; said with the next welcome, or answer to a heartbeat. */
  readonly dropped: ExecutionKey[] = [];
  readonly #server: Server;
  readonly #heartbeatMs: number;
  readonly #keepsLogs: boolean;
  readonly #saysMore: { readonly heedsDisk: boolean; readonly isDrained: boolean };
  readonly #logs = new Map<string, Buffer[]>();
  readonly #logBytes = new Map<string, number>();
  readonly #waiting = new Set<() => void>();
  #nextJob = 1;

  private constructor(server: Server, options: FakeDispatcherOptions) {
    this.#server = server;
    this.#heartbeatMs = options.heartbeatMs ?? 1_000;
    this.acknowledges = options.acknowledges ?? true;
    this.#keepsLogs = options.keepsLogs ?? true;
    this.#saysMore = { heedsDisk: options.heedsDisk ?? false, isDrained: options.isDrained ?? false };
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async start(options: FakeDispatcherOptions = {}): Promise<FakeDispatcher> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return new FakeDispatcher(server, options);
  }

  get address(): { readonly host: string; readonly port: number } {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return { host: '127.0.0.1', port: address.port };
  }

  /** The session that is open now. */
  get session(): Session {
    const open = this.sessions.filter((session) => !session.isClosed).at(-1);
    if (open === undefined) throw new Error('no runner is connected');
    return open;
  }

  /** Everything of the log of an execution. */
  log(key: ExecutionKey): Buffer {
    return Buffer.concat(this.#logs.get(nameOf(key)) ?? []);
  }

  /** How long the log of an execution is. */
  logBytes(key: ExecutionKey): number {
    return this.#logBytes.get(nameOf(key)) ?? 0;
  }

  /** Leases a job to the runner that is connected. */
  lease(wishes: LeaseWishes = {}): ExecutionKey {
    const key = { job: wishes.job ?? this.#nextJob++, execution: wishes.execution ?? 1 };
    this.session.send(leaseOf(key, wishes));
    return key;
  }

  say(message: FromDispatcher): void {
    this.session.send(message);
  }

  /** Leases a job and waits for its result. */
  async run(wishes: LeaseWishes = {}): Promise<{ result: ExecutionResult; log: string }> {
    const key = this.lease(wishes);
    return { result: await this.result(key), log: this.log(key).toString('utf8') };
  }

  async result({ job, execution }: ExecutionKey): Promise<ExecutionResult> {
    const isIt = ({ result }: Of<'finished'>) => result.job === job && result.execution === execution;
    return (await this.received('finished', isIt)).result;
  }

  /** The first message of a kind that was, or will be, heard. */
  received<T extends ToDispatcher['type']>(type: T, fits: (message: Of<T>) => boolean = () => true): Promise<Of<T>> {
    const isIt = (message: ToDispatcher): message is Of<T> => message.type === type && fits(message as Of<T>);
    return this.until(`a "${type}" message`, () => this.heard.find(isIt));
  }

  /** Waits until `look` finds something; it looks again at whatever is heard. */
  async until<T>(what: string, look: () => T | undefined | false, limitMs = 20_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const again = () => {
        const found = look();
        if (found === undefined || found === false) return;
        done();
        resolve(found);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`${what} did not come; heard: ${JSON.stringify(this.heard).slice(0, 4_000)}`));
      }, limitMs);
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(again);
      };
      this.#waiting.add(again);
      again();
    });
  }

  /** Breaks every connection, without a word. */
  disconnect(): void {
    for (const session of this.sessions) session.close('the test wants it');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.disconnect();
    await closed;
  }

  #serve(socket: Socket): void {
    const session: Session = new Connection<FromDispatcher, ToDispatcher>(socket, {
      clock: systemClock,
      schema: toDispatcher,
      events: {
        message: (message) => this.#hear(session, message),
        log: (chunk) => this.#keep(session, chunk),
        closed: () => this.#look(),
      },
    });
    this.sessions.push(session);
  }

  #hear(session: Session, message: ToDispatcher): void {
    this.heard.push(message);
    if (message.type === 'hello') session.send(this.#welcome(message));
    if (message.type === 'heartbeat' && this.acknowledgesHeartbeats)
      session.send({ type: 'heartbeat_ack', lost: this.dropped });
    if (message.type === 'finished' && this.acknowledges) {
      const { job, execution } = message.result;
      session.send({ type: 'finished_ack', job, execution, outcome: 'accepted' });
    }
    this.#look();
  }

  #welcome(hello: Of<'hello'>): FromDispatcher {
    const held = hello.runner?.executions ?? [];
    const isDropped = (key: ExecutionKey) => this.dropped.some((one) => nameOf(one) === nameOf(key));
    const resume = held.filter((key) => !isDropped(key)).map((key) => ({ ...key, logBytes: this.logBytes(key) }));
    const leases = { heartbeatMs: this.#heartbeatMs, leaseMs: this.#heartbeatMs * 6 };
    const drop = held.filter(isDropped);
    return { type: 'welcome', protocol: 1, ...leases, ...this.#saysMore, resume, drop };
  }

  #keep(session: Session, chunk: LogChunk): void {
    const have = this.logBytes(chunk);
    const end = chunk.offset + chunk.bytes.length;
    if (chunk.offset > have) this.gaps.push(`${nameOf(chunk)}: had ${have}, got ${chunk.offset}`);
    else if (end > have && this.#keepsLogs)
      this.#partsOf(chunk).push(Buffer.from(chunk.bytes.subarray(have - chunk.offset)));
    const bytes = Math.max(have, end);
    this.#logBytes.set(nameOf(chunk), bytes);
    session.send({ type: 'log_ack', job: chunk.job, execution: chunk.execution, bytes });
    this.#look();
  }

  #partsOf(key: ExecutionKey): Buffer[] {
    const parts = this.#logs.get(nameOf(key)) ?? [];
    this.#logs.set(nameOf(key), parts);
    return parts;
  }

  #look(): void {
    for (const again of [...this.#waiting]) again();
  }
}

/** A step that runs a script of the shell. */
export function shell(script: string, name = 'test'): JobSpec['steps'][number] {
  return { name, command: ['sh', '-c', script] };
}

function leaseOf(key: ExecutionKey, { spec, commit, repository = 1 }: LeaseWishes): LeaseMessage {
  const whole: JobSpec = {
    found: 'a test',
    checkout: commit !== undefined,
    steps: [{ name: 'nothing', command: ['true'] }],
    env: {},
    envPass: [],
    timeoutMs: 60_000,
    logLimitBytes: 100_000_000,
    exclusive: false,
    ...spec,
  };
  return {
    type: 'lease',
    ...key,
    leaseMs: 30_000,
    run: { id: 1, number: 7, attempt: 1, event: 'push', ref: 'refs/heads/main' },
    repository: { id: repository, name: 'local/app' },
    sha: commit?.sha ?? 'a'.repeat(40),
    tree: commit?.tree ?? null,
    spec: JSON.parse(JSON.stringify(whole)),
    git: { objects: [...(commit?.objects ?? [])], path: `/git/${repository}`, ticket: 'secret-ticket' },
  };
}

function nameOf({ job, execution }: ExecutionKey): string {
  return `${job}-${execution}`;
}
