import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, DEFAULT_ARTIFACTS, settingsOf } from '../config/config.ts';
import { RetentionWalk } from '../model/retention.ts';
import type { LogKey, LogStore } from '../store/log-store.ts';
import { LOOK_BACK } from '../store/read-branch.ts';
import type { RemovedRows, RetentionShelf, TrimmedTests } from '../store/retention.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { Background } from './background.ts';
import { IdSet } from './id-set.ts';

/** What {@link Upkeep} needs. */
export interface UpkeepOptions {
  readonly home: string;
  readonly store: Store;
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
  readonly config: Pick<Config, 'defaults' | 'repositories'> & Partial<Pick<Config, 'artifacts' | 'retention'>>;
  /** Lets others work between two steps. Default: 10 ms. */
  readonly pause?: () => Promise<void>;
}

/** What went since the start, by kind. */
export type Removed = Record<
  'runs' | 'logs' | 'reports' | 'artifacts' | 'events' | 'documents' | 'tests' | 'files',
  number
>;

/** The first look comes so long after the start, the next ones each hour; each day all runs are looked at. In milliseconds. */
const FIRST_MS = 5 * 60_000;
const LOOK_MS = 3_600_000;
const WALK_EVERY = 24;
/** Sizes of steps: some milliseconds each on a slow machine. */
const RUNS_PER_PAGE = 200;
const RUNS_PER_STEP = 20;
const EVENTS_PER_STEP = 500;
const DOCUMENTS_PER_STEP = 200;
const TESTS_PER_STEP = 100;

/** Documents of one kind, and which of them are needed. */
interface Shelf {
  readonly shelf: RetentionShelf;
  readonly last: number;
  readonly needed: IdSet;
}

const aMoment = () => new Promise<void>((resolve) => void setTimeout(resolve, 10).unref());

/**
 * Retention: removes runs, logs, reports, artifacts, events, documents and names of tests that are too old, or too many. In small steps, with
 * pauses, and from the beginning after a restart: what was removed is removed, and nothing else has to be remembered.
 */
export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly removed: Removed = {
    runs: 0,
    logs: 0,
    reports: 0,
    artifacts: 0,
    events: 0,
    documents: 0,
    tests: 0,
    files: 0,
  };
  #looks = 0;
  #isLooking = false;
  #isStopped = false;
  #ends: (() => void)[] = [];

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  /** Begins to look now and then. */
  start(): void {
    const { clock } = this.#options;
    const look = () => this.#lookInTurn();
    this.#ends = [clock.after(FIRST_MS, look), clock.every(LOOK_MS, look)];
  }

  /** Stops; a step that is under way is completed. Safe twice and before `start`. */
  stop(): void {
    this.#isStopped = true;
    for (const end of this.#ends.splice(0)) end();
  }

  /** Removes all that is to go now. */
  async look(isWalk = true): Promise<void> {
    const { store, clock, config, logger } = this.#options;
    const before = { ...this.removed };
    this.removed.artifacts += await store.artifacts.tidy(
      clock.now(),
      (config.artifacts ?? DEFAULT_ARTIFACTS).totalBytes,
    );
    await this.#events();
    if (isWalk) await this.#walk();
    const gone = Object.entries(this.removed).filter(([kind, count]) => count > before[kind as keyof Removed]);
    const told = Object.fromEntries(gone.map(([kind, count]) => [kind, count - before[kind as keyof Removed]]));
    if (gone.length > 0) logger.info(told, 'retention removed what is old');
  }

  #lookInTurn(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const isWalk = this.#looks++ % WALK_EVERY === 0;
    this.#options.background.run('remove what is old', () =>
      this.look(isWalk).finally(() => {
        this.#isLooking = false;
      }),
    );
  }

  async #events(): Promise<void> {
    const { store, clock, config } = this.#options;
    const cutoff = clock.now().getTime() - (config.retention?.eventsMs ?? Number.POSITIVE_INFINITY);
    if (!Number.isFinite(cutoff)) return;
    while (!this.#isStopped) {
      const count = await store.retention.removeEvents(new Date(cutoff), EVENTS_PER_STEP);
      this.removed.events += count;
      if (count < EVENTS_PER_STEP) return;
      await this.#pause();
    }
  }

  /** Looks at each run once. */
  async #walk(): Promise<void> {
    const { store, logs, clock } = this.#options;
    const walk = await this.#newWalk();
    const [documents, specs] = [await this.#shelf('documents'), await this.#shelf('specs')];
    for (let before = Number.MAX_SAFE_INTEGER; !this.#isStopped; ) {
      const page = await store.retention.page(before, RUNS_PER_PAGE);
      // those of runs that go now are found unneeded the next time
      for (const id of page.documents) documents.needed.add(id);
      for (const id of page.specs) specs.needed.add(id);
      const { runs } = page;
      const last = runs.at(-1);
      if (last === undefined) break;
      before = last.id;
      const decided = runs.map((run) => ({ id: run.id, ...walk.decide(run) }));
      await this.#remove(decided);
      await this.#pause();
    }
    await this.#documents(documents);
    await this.#documents(specs);
    await this.#tests('trimFlaky');
    await this.#tests('trimNames');
    if (!this.#isStopped)
      this.removed.files += await logs.removeOthers((from, to) => store.retention.logsOf(from, to), clock.now());
  }

  async #newWalk(): Promise<RetentionWalk> {
    const { store, clock, config } = this.#options;
    const repositories = await store.repositories();
    const names = new Map(repositories.map(({ id, name }) => [id, name]));
    const tips = new Set<string>();
    for (const { id } of repositories) for (const { sha } of await store.branchTips(id)) tips.add(`${id} ${sha}`);
    return new RetentionWalk({
      now: clock.now(),
      logsBytes: config.retention?.logsBytes ?? Number.POSITIVE_INFINITY,
      searched: LOOK_BACK,
      isTip: (repository, sha) => tips.has(`${repository} ${sha}`),
      timesOf: (repository) => settingsOf(config, names.get(repository) ?? '').keep,
    });
  }

  async #remove(decided: readonly { id: number; run: boolean; logs: boolean; reports: boolean }[]): Promise<void> {
    const { store, clock } = this.#options;
    const idsOf = (isOne: (one: (typeof decided)[number]) => boolean) => decided.filter(isOne).map(({ id }) => id);
    for (const ids of steps(idsOf(({ run }) => run))) await this.#settle(await store.retention.removeRuns(ids));
    for (const ids of steps(idsOf(({ run, logs }) => !run && logs)))
      await this.#settle(await store.retention.strip(ids, [], clock.now()));
    for (const ids of steps(idsOf(({ run, reports }) => !run && reports)))
      await this.#settle(await store.retention.strip([], ids, clock.now()));
  }

  /** After the commit: files. */
  async #settle({ runs, reports, logs, artifacts, commits }: RemovedRows): Promise<void> {
    const { store, home } = this.#options;
    this.removed.runs += runs;
    this.removed.reports += reports;
    this.removed.artifacts += artifacts.length;
    await this.#removeLogs(logs);
    await store.artifacts.removeFiles(artifacts);
    for (const sha of commits) await rm(join(home, 'test_results', sha), { force: true });
    await this.#pause();
  }

  async #removeLogs(keys: readonly LogKey[]): Promise<void> {
    for (const key of keys) await this.#options.logs.remove(key);
    this.removed.logs += keys.length;
  }

  async #shelf(kind: 'documents' | 'specs'): Promise<Shelf> {
    const shelf = this.#options.store.retention[kind];
    const last = await shelf.watch();
    return { shelf, last, needed: new IdSet(last) };
  }

  async #documents({ shelf, needed, last }: Shelf): Promise<void> {
    for (let after = 0; after < last && !this.#isStopped; ) {
      const ids = await shelf.ids(after, DOCUMENTS_PER_STEP);
      after = ids.at(-1) ?? last;
      const unneeded = ids.filter((id) => id <= last && !needed.has(id));
      if (unneeded.length > 0) this.removed.documents += await shelf.remove(unneeded);
      await this.#pause();
    }
  }

  async #tests(trim: 'trimFlaky' | 'trimNames'): Promise<void> {
    const { retention } = this.#options.store;
    for (let after: number | null = 0; after !== null && !this.#isStopped; ) {
      const { last, removed }: TrimmedTests = await retention[trim](after, TESTS_PER_STEP);
      this.removed.tests += removed;
      after = last;
      await this.#pause();
    }
  }

  #pause(): Promise<void> {
    return (this.#options.pause ?? aMoment)();
  }
}

function steps(ids: readonly number[]): readonly (readonly number[])[] {
  const count = Math.ceil(ids.length / RUNS_PER_STEP);
  return Array.from({ length: count }, (_, at) => ids.slice(at * RUNS_PER_STEP, (at + 1) * RUNS_PER_STEP));
}
