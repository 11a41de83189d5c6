import type { RunnerStatus } from '../model/pool.ts';
import { askClassic } from '../protocol/classic.ts';
import type { ClaimedJob } from '../store/claim.ts';
import type { Clock } from '../support/clock.ts';
import type { ConnectedRunner } from './connected-runner.ts';
import type { Held } from './leases.ts';

/** What {@link ClassicRunner} needs. */
export interface ClassicRunnerOptions {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** The one repository whose jobs it gets. */
  readonly repository: number;
  /** It took the job (`OK`), or did not (`BUSY`, or no answer). */
  readonly answered: (runner: ClassicRunner, held: Held, isTaken: boolean) => void;
}

/** What a classic runner executes. */
export interface ClassicJob {
  readonly held: Held;
  readonly sha: string;
  /** First line of its log. */
  readonly found: string;
}

/** The beginning of the names of classic runners; the address follows. */
const PREFIX = 'classic-';

/** `classic-127.0.0.1-8900`. */
export function classicName(host: string, port: number): string {
  return `${PREFIX}${host}-${port}`;
}

/** The address in such a name; undefined for any other name. */
export function addressOfClassic(name: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^classic-(.+)-(\d+)$/.exec(name);
  return match?.[1] === undefined ? undefined : { host: match[1], port: Number(match[2]) };
}

/**
 * A test runner of the chapter: it listens, and is asked on a connection of its own each time. It has one slot, cannot
 * be told to stop, and its results name no execution: so it has at most one, and its commit tells which.
 */
export class ClassicRunner implements ConnectedRunner {
  readonly name: string;
  readonly labels: readonly string[] = [];
  readonly roomAhead = 0;
  readonly takesAhead = false;
  readonly onlyRepository: number;
  readonly #options: ClassicRunnerOptions;
  readonly #connectedAt: Date;
  #heardAt: Date;
  #reserved = 0;
  #job: ClassicJob | undefined;
  #isResting = false;
  #isFinishing = false;
  /** Pings in a row that were not answered. */
  missedPings = 0;
  isDraining = false;
  isClosed = false;
  lastRepository: number | undefined;

  constructor(options: ClassicRunnerOptions) {
    this.#options = options;
    this.name = classicName(options.host, options.port);
    this.onlyRepository = options.repository;
    this.#connectedAt = options.clock.now();
    this.#heardAt = this.#connectedAt;
  }

  get host(): string {
    return this.#options.host;
  }

  get port(): number {
    return this.#options.port;
  }

  /** What it executes now. */
  get job(): ClassicJob | undefined {
    return this.#job;
  }

  get room(): number {
    const isFree = this.#job === undefined || this.#isFinishing;
    return !isFree || this.isDraining || this.isClosed || this.#isResting ? 0 : Math.max(0, 1 - this.#reserved);
  }

  reserve(jobs: number): void {
    this.#reserved += jobs;
  }

  give(held: Held, claimed: ClaimedJob): void {
    this.lastRepository = claimed.repository.id;
    this.adopt({ held, sha: claimed.sha, found: claimed.spec.found });
    const { host, port, answered } = this.#options;
    const asking = askClassic(host, port, `runtest:${claimed.sha}`).then(
      (answer) => answer === 'OK',
      () => false,
    );
    void asking.then((isTaken) => {
      if (!isTaken) this.#isResting = true; // until it answers a ping: else the same job would come back at once
      answered(this, held, isTaken);
    });
  }

  /** It executes this, as a former dispatcher knew. */
  adopt(job: ClassicJob): void {
    this.#job = job;
    this.#isFinishing = false;
    void job.held.over.promise.then(() => {
      if (this.#job?.held === job.held) this.#job = undefined;
    });
  }

  freeSlot(held: Held): void {
    if (this.#job?.held === held) this.#isFinishing = true;
  }

  /** Asks whether it is there. */
  async ping(): Promise<boolean> {
    const { host, port, clock } = this.#options;
    const isThere = await askClassic(host, port, 'ping').then(
      (answer) => answer === 'pong',
      () => false,
    );
    this.missedPings = isThere ? 0 : this.missedPings + 1;
    if (isThere) this.#heardAt = clock.now();
    if (isThere) this.#isResting = false;
    return isThere;
  }

  drain(): void {
    this.pause();
  }

  /** It was told nothing, and has gone nowhere. */
  resume(): boolean {
    this.isDraining = false;
    return true;
  }

  pause(): void {
    this.isDraining = true;
  }

  async onIdle(): Promise<void> {
    await this.#job?.held.over.promise;
  }

  status(): RunnerStatus {
    const job = this.#isFinishing ? undefined : this.#job;
    const state = job === undefined ? 'idle' : 'busy';
    return {
      name: this.name,
      labels: this.labels,
      slots: 1,
      state: this.isDraining ? (job === undefined ? 'drained' : 'draining') : state,
      canResume: this.isDraining,
      protocol: 'classic',
      host: this.#options.host,
      version: '',
      connectedAt: this.#connectedAt,
      lastHeardAt: this.#heardAt,
      executions:
        job === undefined ? [] : [{ job: job.held.job, execution: job.held.execution, since: job.held.leasedAt }],
    };
  }

  /** The chapter's protocol has no word for it; the job's result comes too late then. */
  cancel(): void {}

  replacedBy(): void {
    this.isClosed = true;
  }
}
