import { readFileSync } from 'node:fs';
import type { Clock } from '../support/clock.ts';
import type { ProcessInfo, ProcessMark, ProcessTable } from './process-table.ts';

/** The processes of one execution. */
export interface TreeQuery {
  /** What they carry in their environment. */
  readonly marker: string;
  /** The process groups that the steps were started in. */
  readonly groups: ReadonlySet<number>;
  /** Folders and files that are of this execution alone: who works there, or has one open, and was adopted by the system, belongs to it. */
  readonly places: readonly string[];
  /** Was the execution ended by force? Then who is left in its groups is on the way out, and no news. */
  readonly wasStopped: boolean;
  /** Taken before the first step was started. */
  readonly since: ProcessMark;
}

/** What is known of the process that starts the steps, and is their parent. */
export interface StepStarter {
  /** Its number; undefined if there is none. It is not ours to kill. */
  readonly pid: number | undefined;
  /** Is this a process that it has started for some execution, and that has not ended? */
  isRunning(pid: number): boolean;
}

/** How long processes are killed over and over before that is given up, in milliseconds. */
const KILLING_LIMIT_MS = 10_000;

/**
 * Finds and ends the processes that a job left behind. A process group is not enough: `setsid` leaves it. They are
 * known by a marker in their environment, which children inherit, by their group and session, by being parent or child of
 * one that is known, and by the folders and pipes of the execution that they have open.
 */
export class ProcessTree {
  readonly #table: ProcessTable;
  readonly #clock: Clock;
  /** This process and those above it: never ours to kill, whoever's parent they have become. */
  readonly #above = ancestorsOf(process.pid);
  readonly #starter: StepStarter;

  constructor(table: ProcessTable, clock: Clock, starter: StepStarter) {
    this.#table = table;
    this.#clock = clock;
    this.#starter = starter;
  }

  /** To be taken before the first process of an execution is started. */
  mark(): ProcessMark {
    return this.#table.mark();
  }

  /** Kills what is left of an execution, until nobody is; names who was there: `sleep (pid 812)`. */
  end(query: TreeQuery): Promise<string[]> {
    const isNews = (info: ProcessInfo) => !query.wasStopped || !query.groups.has(info.group);
    return this.#killAll(isNews, async () => {
      const isOther = (pid: number, parent?: number) => !query.groups.has(pid) && this.#isOfStarter(pid, parent);
      const candidates = await this.#table.createdSince(query.since, query.groups, isOther);
      if (candidates.length === 0) return [];
      const isSeed = (info: ProcessInfo) =>
        info.marker === query.marker ||
        query.groups.has(info.group) ||
        query.groups.has(info.session) ||
        (this.#isAdopted(info) && this.#table.isIn(info.pid, query.places));
      const others = candidates.filter((info) => info.marker === undefined || info.marker === query.marker);
      return family(others, isSeed, (info) => !this.#isOurs(info));
    });
  }

  /**
   * Kills whatever an earlier life of this runner left behind: all whose marker begins with `prefix`, and what they
   * started. Their parents stay alone: who adopted them may be anybody.
   */
  endEarlier(prefix: string): Promise<string[]> {
    return this.#killAll(isAnyNews, async () => {
      const all = await this.#table.all();
      const isSeed = (info: ProcessInfo) => info.marker?.startsWith(prefix) === true && !this.#isOurs(info);
      return family(all, isSeed, () => false).filter((info) => !this.#isOurs(info));
    });
  }

  /** A daemon whose parent is gone, and that shows no marker: some overwrite their environment with their title. */
  #isAdopted(info: ProcessInfo): boolean {
    return info.isRecent && info.marker === undefined && info.parent !== process.pid && this.#above.has(info.parent);
  }

  /** Was it started by the process that starts the steps of all executions? Of one that exists only just, its parent tells. */
  #isOfStarter(pid: number, parent: number | undefined): boolean {
    return parent === undefined ? this.#starter.isRunning(pid) : parent === this.#starter.pid;
  }

  #isOurs({ pid }: ProcessInfo): boolean {
    return this.#above.has(pid) || pid === this.#starter.pid;
  }

  /** Nothing is looked for any more. */
  close(): void {
    this.#table.close();
  }

  /** They are stopped before they are killed, so that none starts another while we look (a fork bomb does). */
  async #killAll(
    isNews: (info: ProcessInfo) => boolean,
    find: () => Promise<readonly ProcessInfo[]>,
  ): Promise<string[]> {
    const seen = new Map<number, string>();
    const stopped = new Set<number>();
    const startMs = this.#clock.monotonicMs();
    for (let round = 0; this.#clock.monotonicMs() - startMs < KILLING_LIMIT_MS; round++) {
      const found = await find();
      if (found.length === 0) return [...seen.values()];
      for (const info of found.filter(isNews)) seen.set(info.pid, `${info.name} (pid ${info.pid})`);
      const fresh = found.filter((info) => !stopped.has(info.pid));
      for (const info of fresh) stopped.add(info.pid);
      if (fresh.length > 0 && round < 50) signalAll(fresh, 'SIGSTOP');
      else {
        signalAll(found, 'SIGKILL');
        stopped.clear();
        await this.#pause(Math.min(50, 1 + round));
      }
    }
    return [...seen.values(), 'some of them could not be killed'];
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.after(ms, resolve);
    });
  }
}

const isAnyNews = () => true;

/** Those that are seeds, what they started, and (where `isParentOurs`) who started them. */
function family(
  candidates: readonly ProcessInfo[],
  isSeed: (info: ProcessInfo) => boolean,
  isParentOurs: (info: ProcessInfo) => boolean,
): ProcessInfo[] {
  const byPid = new Map(candidates.map((info) => [info.pid, info]));
  const ours = new Map(candidates.filter(isSeed).map((info) => [info.pid, info]));
  if (ours.size === 0) return [];
  for (let before = -1; before !== ours.size; ) {
    before = ours.size;
    for (const info of candidates) if (ours.has(info.parent)) ours.set(info.pid, info);
    for (const info of [...ours.values()]) {
      const parent = byPid.get(info.parent);
      if (parent !== undefined && isParentOurs(parent)) ours.set(parent.pid, parent);
    }
  }
  return [...ours.values()];
}

/** A process that is gone needs no signal; one of another user cannot be sent one. */
function signalAll(processes: readonly ProcessInfo[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {}
  }
}

function ancestorsOf(pid: number): ReadonlySet<number> {
  const above = new Set([0, 1, pid, process.ppid]);
  for (let next = process.ppid; next > 1; ) {
    next = parentOf(next);
    above.add(next);
  }
  return above;
}

function parentOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ', 2)[1]) || 0;
  } catch {
    return 0;
  }
}
