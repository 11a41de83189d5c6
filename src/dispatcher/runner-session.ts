import PQueue from 'p-queue';
import type { LowDisk } from '../model/disk-floor.ts';
import type { RunnerStatus } from '../model/pool.ts';
import type { JobContexts } from '../model/workflow.ts';
import type { HelloMessage } from '../protocol/hello.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { ClaimedJob } from '../store/claim.ts';
import type { Clock } from '../support/clock.ts';
import { AheadWatch } from './ahead-watch.ts';
import type { ConnectedRunner } from './connected-runner.ts';
import type { Held } from './leases.ts';
import type { LogSender } from './log-intake.ts';
import { LogReceipts } from './log-receipts.ts';
import type { NativeConnection, Outgoing } from './outgoing.ts';
import type { Pace } from './pace.ts';
import { RunnerReadiness } from './runner-readiness.ts';

/** What a runner says of itself. */
export type RunnerHello = NonNullable<HelloMessage['runner']>;

/** What {@link RunnerSession} needs. */
export interface RunnerSessionOptions {
  readonly connection: NativeConnection;
  readonly hello: RunnerHello;
  readonly version: string;
  readonly clock: Clock;
  readonly leaseMs: number;
  readonly pace: Pace;
  /** The password with which the runner gets the commit. */
  readonly ticketOf: (key: ExecutionKey) => string;
  /** Object folders of a repository on this machine. */
  readonly objectsOf: (repository: ClaimedJob['repository']) => readonly string[];
}

/**
 * One connection of a runner. Its p-queue holds claimed executions only, each as a task that lasts till the execution
 * is over; its concurrency is the runner's slots, and pausing it is draining. While the runner executes jobs that are over
 * in a moment it is told of some more ahead, so that its slots do not wait for the disk of the dispatcher between two of them;
 * these wait in the p-queue as they wait at the runner.
 */
export class RunnerSession implements ConnectedRunner, LogSender {
  readonly name: string;
  readonly labels: readonly string[];
  /** Random, new at each start of the runner's process. */
  readonly session: string;
  readonly #options: RunnerSessionOptions;
  readonly #queue: PQueue;
  readonly #watch: AheadWatch;
  readonly #connectedAt: Date;
  readonly #open = new Set<Held>();
  readonly #finishing = new Set<Held>();
  readonly #logs: LogReceipts;
  readonly #readiness: RunnerReadiness;
  #heardAt: Date;
  #reserved = 0;
  lastRepository: number | undefined;

  constructor(options: RunnerSessionOptions) {
    const { hello, clock } = options;
    this.#options = options;
    this.name = hello.name;
    this.labels = hello.labels;
    this.session = hello.session;
    this.#connectedAt = clock.now();
    this.#heardAt = this.#connectedAt;
    this.#queue = new PQueue({ concurrency: Math.max(1, hello.slots) });
    this.#logs = new LogReceipts(options.connection);
    this.#readiness = new RunnerReadiness(hello);
    this.#watch = new AheadWatch({
      clock,
      ahead: () => this.#ahead(),
      withdraw: ({ job, execution }) => this.send({ type: 'withdraw', job, execution }),
    });
  }

  get isDraining(): boolean {
    return this.#readiness.isDraining;
  }

  get isClosed(): boolean {
    return this.#options.connection.isClosed;
  }

  get room(): number {
    return this.#takesJobs ? Math.max(0, this.#options.hello.slots - this.#busy) : 0;
  }

  get roomAhead(): number {
    if (!this.takesAhead) return 0;
    const { hello, pace } = this.#options;
    const soon = this.#running().reduce((sum, held) => sum + pace.inAMoment(held), 0);
    return Math.max(0, Math.min(soon, hello.ahead ?? 0) - Math.max(0, this.#busy - hello.slots));
  }

  get takesAhead(): boolean {
    return this.#takesJobs && (this.#options.hello.ahead ?? 0) > 0;
  }

  get #takesJobs(): boolean {
    return this.#readiness.takesJobs && !this.isClosed;
  }

  get #busy(): number {
    return this.#open.size - this.#finishing.size + this.#reserved;
  }

  reserve(jobs: number): void {
    this.#reserved += jobs;
  }

  /** Sends the last word of the welcome; from now on it can be given jobs. */
  welcome(message: Extract<Outgoing, { type: 'welcome' }>): void {
    this.send(message);
    this.#readiness.isWelcome = true;
    if (this.takesAhead) this.#watch.begin(); // what it came with may be more than its slots
    if (this.isDraining) this.pause();
  }

  /** Goes on with an execution that the runner came back with. */
  adopt(held: Held): void {
    this.#enqueue(held);
  }

  give(held: Held, job: ClaimedJob, contexts?: JobContexts): void {
    this.lastRepository = job.repository.id;
    const lease = { ...this.#leaseOf(job), ...(contexts === undefined ? {} : { contexts }) };
    this.#enqueue(held);
    this.send(lease);
    // it has nothing else to do: it should not wait for all else that is to be done here now
    if (this.#open.size - this.#finishing.size === 1) this.#options.connection.flush();
  }

  freeSlot(held: Held): void {
    if (this.#open.has(held)) this.#finishing.add(held);
  }

  /** The result could not be stored: the execution goes on being the runner's. */
  keepSlot(held: Held): void {
    this.#finishing.delete(held);
  }

  drain(): void {
    this.pause();
    if (this.#options.hello.stays === true) return;
    this.#readiness.leave();
    this.send({ type: 'drain' });
  }

  resume(): boolean {
    if (!this.#isResumable) return false;
    if (this.#readiness.isLeaving) this.send({ type: 'resume' });
    else this.takes();
    return true;
  }

  /** It drains; `isOwnWish`: and cannot be taken back. */
  drains(isOwnWish: boolean): void {
    if (isOwnWish) this.#readiness.leaveForGood();
    this.#readiness.leave();
    this.pause();
  }

  /** It takes jobs again. */
  takes(): void {
    this.#readiness.resume();
    this.#queue.start();
  }

  get lowDisk(): LowDisk | undefined {
    return this.#readiness.lowDisk;
  }

  /** What it says of its disk now. True: people see a difference. */
  saysOfDisk(low: LowDisk | undefined): boolean {
    return this.#readiness.saysOfDisk(low);
  }

  get #isResumable(): boolean {
    return this.#readiness.canResume && !this.isClosed;
  }

  pause(): void {
    this.#readiness.pause();
    // what is in the queue was claimed, or came with the runner: it is not held back
    if (this.#readiness.isWelcome) void this.#queue.onEmpty().then(() => this.isDraining && this.#queue.pause());
  }

  onIdle(): Promise<void> {
    return this.#queue.onIdle();
  }

  send(message: Outgoing): void {
    this.#options.connection.send(message);
  }

  cancel({ job, execution }: ExecutionKey, why: string, isForced = false): void {
    this.send({ type: 'cancel', job, execution, why, ...(isForced ? { force: true } : {}) });
  }

  /** The same process came back over a new connection, or another one has the name; only that one is told to go. */
  replacedBy(newer: ConnectedRunner): void {
    if (newer instanceof RunnerSession && newer.session === this.session)
      this.#options.connection.close('the runner came back over another connection');
    else this.refuse('E_FENCED', `another runner named ${this.name} is connected; give each its own --name`);
  }

  /** Closes its connection with a last word. */
  refuse(code: string, message: string): void {
    this.#readiness.pause();
    this.send({ type: 'refused', code, message });
    this.#options.connection.end(message);
  }

  /** Its connection is gone. */
  left(): void {
    this.#watch.stop();
    for (const held of this.#ahead()) held.isAhead = true;
  }

  /** Something arrived from it. */
  heard(): void {
    this.#heardAt = this.#options.clock.now();
  }

  logStored(key: ExecutionKey, bytes: number): void {
    this.#logs.stored(key, bytes);
  }

  /** A result is acknowledged, and with it the whole log. */
  logIsOver(key: ExecutionKey): void {
    this.#logs.isOver(key);
  }

  logBacklog(bytes: number): void {
    this.#logs.backlog(bytes);
  }

  resumeLogs(why: string): void {
    this.#options.connection.close(why);
  }

  status(): RunnerStatus {
    const { hello, version } = this.#options;
    const { isDraining, isLeaving, lowDisk } = this.#readiness;
    const executions = this.#running();
    const isBusy = executions.length > 0;
    const drain = isLeaving || isBusy ? 'draining' : 'drained';
    return {
      name: this.name,
      labels: this.labels,
      slots: hello.slots,
      state: isDraining ? drain : isBusy ? 'busy' : 'idle',
      canResume: this.#isResumable && (isBusy || !isLeaving),
      ...(lowDisk === undefined ? {} : { lowDisk }),
      protocol: 'native',
      host: hello.host,
      version,
      connectedAt: this.#connectedAt,
      lastHeardAt: this.#heardAt,
      executions: executions.map(({ job, execution, leasedAt: since }) => ({ job, execution, since })),
    };
  }

  #enqueue(held: Held): void {
    held.isAhead = false;
    this.#open.add(held);
    const over = held.over.promise.then(() => {
      this.#open.delete(held);
      this.#finishing.delete(held);
    });
    void this.#queue.add(() => over);
    if (this.takesAhead) this.#watch.begin();
  }

  /** What its slots are busy with; who was given more begins them in the order in which they were given. */
  #running(): Held[] {
    return this.#unfinished().slice(0, this.#options.hello.slots);
  }

  /** What it was given beyond its slots, and cannot have begun. */
  #ahead(): Held[] {
    return this.#unfinished().slice(this.#options.hello.slots);
  }

  #unfinished(): Held[] {
    return [...this.#open].filter((held) => !this.#finishing.has(held));
  }

  #leaseOf(claimed: ClaimedJob): Outgoing {
    const { job, execution, run, repository, sha, tree, spec } = claimed;
    return {
      type: 'lease',
      job,
      execution,
      leaseMs: this.#options.leaseMs,
      run,
      repository: { id: repository.id, name: repository.name },
      sha,
      tree,
      spec,
      git: {
        objects: this.#options.objectsOf(repository),
        path: `/git/${repository.id}`,
        ticket: this.#options.ticketOf({ job, execution }),
      },
    };
  }
}
