import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_EXECUTIONS_FOR_LOST_RUNNERS } from '../model/lease.ts';
import { askClassic, verdictOfUnittest } from '../protocol/classic.ts';
import type { LogStore } from '../store/log-store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { Background } from './background.ts';
import { type ClassicEntry, ClassicRoster } from './classic-roster.ts';
import { addressOfClassic, type ClassicJob, ClassicRunner, classicName } from './classic-runner.ts';
import type { Giver } from './giver.ts';
import { type Held, keyOf, type Leases } from './leases.ts';
import type { Pool } from './pool.ts';

/** What {@link ClassicPool} needs. */
export interface ClassicPoolOptions {
  readonly home: string;
  readonly store: Store;
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
  readonly leases: Leases;
  readonly pool: Pool;
  readonly giver: Giver;
}

/** How often each is pinged, in milliseconds. The chapter's runner must hear of us within 5 s of its registration. */
const PING_MS = 2_000;
/** So many pings in a row without an answer, and it counts as gone. */
const MAX_MISSED_PINGS = 3;
/** One that was busy with somebody else's commit is not to blame: the job is queued again whatever it lost before. */
const ALWAYS_AGAIN = Number.MAX_SAFE_INTEGER;

/** The test runners of the chapter: pings them, and takes what they tell. */
export class ClassicPool {
  readonly #options: ClassicPoolOptions;
  readonly #runners = new Map<string, ClassicRunner>();
  readonly #roster: ClassicRoster;
  #stop: (() => void) | undefined;

  constructor(options: ClassicPoolOptions) {
    this.#options = options;
    this.#roster = new ClassicRoster(options.home);
  }

  /** Begins to ping; those who were registered with a former dispatcher are taken over, with what they execute. */
  async start(): Promise<void> {
    const { clock, leases, store, background } = this.#options;
    const known = this.#roster.read();
    for (const held of [...leases.all]) {
      const address = addressOfClassic(held.runner);
      const job = address === undefined ? undefined : await store.job(held.job);
      const found = job === undefined ? undefined : await store.run(job.runId);
      if (address === undefined || found === undefined) continue;
      const runner = this.register(address.host, address.port, found.run.repositoryId);
      runner.adopt({ held, sha: found.run.sha, found: `executed by ${held.runner}` });
    }
    for (const entry of known) background.run('look for a classic runner', () => this.#lookFor(entry));
    this.#stop = clock.every(PING_MS, () => this.#pingAll());
  }

  /** Stops to ping. Safe twice and before `start`. */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  /** A test runner is there, at this address; it registers again whenever it starts. */
  register(host: string, port: number, repository: number): ClassicRunner {
    const { clock, pool, giver, logger, background } = this.#options;
    const former = this.#runners.get(classicName(host, port));
    const runner = new ClassicRunner({ host, port, clock, repository, answered: (...said) => this.#answered(...said) });
    this.#runners.set(runner.name, runner);
    this.#writeRoster();
    pool.enter(runner);
    logger.info({ runner: runner.name }, 'a classic test runner is here');
    // a runner that starts again has forgotten what it did
    if (former?.job !== undefined)
      background.run('take a job back', () => this.#lose([former.job?.held], 'it was started again'));
    background.run('ping a classic runner', () => this.#ping(runner));
    giver.roomIn(runner);
    return runner;
  }

  /** A result, which names only a commit: it belongs to the one execution of it that is open, or to none. */
  async results(sha: string, text: Buffer): Promise<void> {
    const runner = [...this.#runners.values()].find(({ job }) => job?.sha === sha && !job.held.isFinishing);
    if (runner?.job === undefined) return this.#keepStray(sha, text);
    const { job } = runner;
    job.held.isFinishing = true;
    try {
      await this.#finish(runner, job, text);
    } finally {
      job.held.isFinishing = false;
    }
  }

  async #finish(runner: ClassicRunner, { held, found }: ClassicJob, text: Buffer): Promise<void> {
    const { logs, store, clock, background, leases, giver } = this.#options;
    const log = Buffer.concat([Buffer.from(`${found} (by ${runner.name})\n`), text]);
    await logs.append(keyOf(held), 0, log);
    await logs.sync(keyOf(held));
    const now = clock.now();
    const verdict = verdictOfUnittest(text.toString('utf8'));
    const said = { ...verdict, exit: null, logBytes: log.length, logBytesDropped: 0, steps: [], leftovers: [] };
    const outcome = await store.finish({ ...keyOf(held), ...said, startedAt: held.leasedAt, completedAt: now }, now);
    background.wrote();
    runner.freeSlot(held);
    leases.end(held);
    giver.roomIn(runner);
    // another job of the same commit may have waited for this one, which is what tells them apart
    if (outcome.outcome === 'accepted') giver.wake();
    background.run('seal a log', () => logs.seal(keyOf(held)));
  }

  /** Nobody was asked for it, or it comes too late: it changes nothing, and is kept. */
  async #keepStray(sha: string, text: Buffer): Promise<void> {
    const { home, clock, logger } = this.#options;
    const folder = join(home, 'classic_strays');
    const path = join(folder, `${sha}-${clock.now().getTime()}.txt`);
    await mkdir(folder, { recursive: true });
    await writeFile(path, text);
    logger.warn({ sha, path }, 'a result came that no classic runner owes; it is kept in a file and changes nothing');
  }

  async #lookFor({ host, port, repository }: ClassicEntry): Promise<void> {
    const answer = await askClassic(host, port, 'ping').catch(() => '');
    if (answer === 'pong' && !this.#runners.has(classicName(host, port))) this.register(host, port, repository);
  }

  #writeRoster(): void {
    const all = [...this.#runners.values()];
    this.#options.background.run('note who is registered', async () =>
      this.#roster.write(all.map(({ host, port, onlyRepository }) => ({ host, port, repository: onlyRepository }))),
    );
  }

  #answered(runner: ClassicRunner, held: Held, isTaken: boolean): void {
    const { background, store, leases, clock } = this.#options;
    if (!isTaken) {
      background.run('take a job back', () =>
        this.#lose([held], `${runner.name} was busy or did not answer`, ALWAYS_AGAIN),
      );
      return;
    }
    leases.started(held);
    background.run('store that a job has started', async () => {
      await store.started(held.job, held.execution, clock.now());
      background.wrote();
    });
  }

  #pingAll(): void {
    for (const runner of this.#runners.values())
      this.#options.background.run('ping a classic runner', () => this.#ping(runner));
  }

  async #ping(runner: ClassicRunner): Promise<void> {
    const { leases, giver } = this.#options;
    const isThere = await runner.ping();
    if (this.#runners.get(runner.name) !== runner) return;
    if (isThere && runner.job !== undefined) leases.extend(runner.name, [keyOf(runner.job.held)]);
    if (isThere) giver.roomIn(runner);
    else if (runner.missedPings >= MAX_MISSED_PINGS) await this.#remove(runner);
  }

  async #remove(runner: ClassicRunner): Promise<void> {
    const { pool, logger } = this.#options;
    this.#runners.delete(runner.name);
    this.#writeRoster();
    runner.isClosed = true;
    logger.info({ runner: runner.name }, 'a classic test runner does not answer any more');
    const held = runner.job?.held;
    await this.#lose([held], `${runner.name} does not answer any more`);
    pool.leave(runner);
  }

  async #lose(
    held: readonly (Held | undefined)[],
    why: string,
    maxLost = MAX_EXECUTIONS_FOR_LOST_RUNNERS,
  ): Promise<void> {
    const { leases, giver } = this.#options;
    const lost = held.filter((one) => one !== undefined);
    if (await leases.lose(lost, why, maxLost)) giver.wake();
  }
}
