import { execFile } from 'node:child_process';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

/** Name of the variable by which every process of an execution is known: `<runner>/<job>/<execution>`. */
export const MARKER_NAME = 'SIGNALBOX_EXECUTION';

/** The execution that a marker names; undefined if it is none. */
export function keyOfMarker(marker: string): { readonly job: number; readonly execution: number } | undefined {
  const match = /^[^/]+\/(\d+)\/(\d+)$/.exec(marker);
  return match === null ? undefined : { job: Number(match[1]), execution: Number(match[2]) };
}

/** One process of this machine. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** The kernel's short name of it: `sleep`. */
  readonly name: string;
  /** Value of {@link MARKER_NAME} in the environment it was started with, if it can be read. */
  readonly marker: string | undefined;
  /** By its number it was probably created since the mark (which counts only where there is one). */
  readonly isRecent: boolean;
}

/** Is a process somebody else's? Asked with its parent only where the number alone does not tell. */
export type IsOther = (pid: number, parent?: number) => boolean;

/** A moment, by the number of the last process that existed then. */
export interface ProcessMark {
  readonly lastPid: number;
  readonly atMs: number;
}

/** What is known of the processes of this machine; those that are dead and not yet reaped do not count. */
export interface ProcessTable {
  /** Remembers this moment, for `createdSince`; costs some microseconds. */
  mark(): ProcessMark;
  /**
   * Every process that was created after `mark`, and perhaps some that are older; without those that are known to be
   * somebody else's, by their number or by who started them. `witnesses` are numbers of processes that certainly were created since.
   */
  createdSince(mark: ProcessMark, witnesses: ReadonlySet<number>, isOther: IsOther): Promise<readonly ProcessInfo[]>;
  all(): Promise<readonly ProcessInfo[]>;
  /** Is a process at home in one of these folders, or has it one of these files open? */
  isIn(pid: number, places: readonly string[]): boolean;
  /** Nothing is asked any more. */
  close(): void;
}

/** The table of this machine's kernel. */
export function openProcessTable(platform: string = process.platform): ProcessTable {
  return platform === 'linux' ? new ProcTable() : new PsTable();
}

/** More processes and threads than one core can make in a second; it took 15 000 where it was tried. */
const PIDS_PER_CORE_SECOND = 40_000;

/** Up to so many numbers are asked for one by one, at 4 µs each; a listing of /proc with 100 processes takes 300. */
const MAX_ASKED = 64;

/**
 * Linux. Process numbers are given out in a circle, so whatever was created since a mark has a number between that one
 * and the last one, as long as the circle cannot have closed in between. Most jobs therefore cost some questions for
 * numbers that are free again; reading the environments of 150 processes costs 4 ms, which only jobs pay that lasted longer.
 */
class ProcTable implements ProcessTable {
  readonly #loadavg = openSync('/proc/loadavg', 'r');
  readonly #buffer = Buffer.alloc(128);
  readonly #safeMs = safeMilliseconds();

  mark(): ProcessMark {
    return { lastPid: this.#lastPid(), atMs: performance.now() };
  }

  async createdSince(
    mark: ProcessMark,
    witnesses: ReadonlySet<number>,
    isOther: IsOther,
  ): Promise<readonly ProcessInfo[]> {
    const isQuick = mark.lastPid > 0 && performance.now() - mark.atMs < this.#safeMs;
    const isStraight = ![...witnesses].some((pid) => pid <= mark.lastPid);
    const few = isQuick && isStraight ? this.#fewSince(mark.lastPid) : undefined;
    if (few !== undefined) return readAll(few, () => true, isOther).filter(({ pid }) => !isThread(pid));
    const pids = listPids();
    const last = this.#lastPid(); // after the listing, so that nobody in it has a higher number
    const hasWrapped = last < mark.lastPid || !isStraight;
    const isRecent = (pid: number) =>
      hasWrapped ? pid > mark.lastPid || pid <= last : pid > mark.lastPid && pid <= last;
    return readAll(isQuick && !hasWrapped ? pids.filter(isRecent) : pids, isRecent, isOther);
  }

  /**
   * The numbers after `first` that processes or threads have, if they are few. It goes on until no number was given out
   * while it asked: whoever forks and ends, over and over, is met in the end.
   */
  #fewSince(first: number): number[] | undefined {
    const found: number[] = [];
    for (let next = first + 1, last = this.#lastPid(); ; last = this.#lastPid()) {
      if (last < first || last - first > MAX_ASKED) return undefined;
      if (next > last) return found;
      for (; next <= last; next++) if (existsSync(`/proc/${next}`)) found.push(next);
    }
  }

  async all(): Promise<readonly ProcessInfo[]> {
    return readAll(
      listPids(),
      () => false,
      () => false,
    );
  }

  isIn(pid: number, places: readonly string[]): boolean {
    const open = namesIn(`/proc/${pid}/fd`).map((fd) => `/proc/${pid}/fd/${fd}`);
    return [`/proc/${pid}/cwd`, ...open].some((link) => {
      const target = linkTarget(link);
      return places.some((place) => target === place || target.startsWith(`${place}/`));
    });
  }

  close(): void {
    closeSync(this.#loadavg);
  }

  /** Last field of `0.94 0.42 0.16 2/104 10417`; 0 where the kernel does not tell. */
  #lastPid(): number {
    const size = readSync(this.#loadavg, this.#buffer, 0, this.#buffer.length, 0);
    const text = this.#buffer.toString('latin1', 0, size).trimEnd();
    return Number(text.slice(text.lastIndexOf(' ') + 1)) || 0;
  }
}

/** How long the circle of process numbers cannot close, in milliseconds. */
function safeMilliseconds(): number {
  const max = Number(readText('/proc/sys/kernel/pid_max')) || 4096;
  return (max / 2 / (PIDS_PER_CORE_SECOND * availableParallelism())) * 1000;
}

function listPids(): number[] {
  const pids: number[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (pid > 0) pids.push(pid);
  }
  return pids;
}

/** A thread has a number, and files below it, like a process, though it is not listed. */
function isThread(pid: number): boolean {
  const leader = /^Tgid:\t(\d+)$/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
  return leader !== undefined && Number(leader) !== pid;
}

function readAll(pids: readonly number[], isRecent: (pid: number) => boolean, isOther: IsOther): ProcessInfo[] {
  return pids.flatMap((pid) => {
    const info = isOther(pid) ? undefined : readProcess(pid, isOther);
    return info === undefined ? [] : [{ ...info, isRecent: isRecent(pid) }];
  });
}

/**
 * `812 (sleep) S 1 812 812 …`; the name may hold spaces and brackets. The environment of a process that is just being started
 * can be read only when that is done: it is not asked for where the parent tells enough.
 */
function readProcess(pid: number, isOther: IsOther): Omit<ProcessInfo, 'isRecent'> | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const end = stat.lastIndexOf(')');
  const [state, parent, group, session] = stat.slice(end + 2).split(' ', 4);
  if (state === 'Z' || state === 'X' || isOther(pid, Number(parent))) return undefined;
  const name = stat.slice(stat.indexOf('(') + 1, end);
  const marker = markerIn(readText(`/proc/${pid}/environ`));
  return { pid, parent: Number(parent), group: Number(group), session: Number(session), name, marker };
}

function markerIn(environ: string | undefined): string | undefined {
  if (environ === undefined) return undefined;
  const text = `\0${environ}`;
  const at = text.indexOf(`\0${MARKER_NAME}=`);
  if (at < 0) return undefined;
  const from = at + MARKER_NAME.length + 2;
  const end = text.indexOf('\0', from);
  return text.slice(from, end < 0 ? undefined : end);
}

/** A process may be gone, or another user's: then there is nothing to read. */
function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

const run = promisify(execFile);

/** Systems without /proc (macOS): `ps -E` shows the environment behind the command. */
class PsTable implements ProcessTable {
  mark(): ProcessMark {
    return { lastPid: 0, atMs: performance.now() };
  }

  createdSince(): Promise<readonly ProcessInfo[]> {
    return this.all();
  }

  close(): void {}

  /** To ask `lsof` would take a second. */
  isIn(): boolean {
    return false;
  }

  async all(): Promise<readonly ProcessInfo[]> {
    const args = ['-axwwE', '-o', 'pid=,ppid=,pgid=,stat=,command='];
    const { stdout } = await run('ps', args, { maxBuffer: 256e6, timeout: 10_000, encoding: 'latin1' });
    return stdout.split('\n').flatMap((line) => {
      const info = parsePsLine(line);
      return info === undefined ? [] : [info];
    });
  }
}

/** `  812     1   812 S    /bin/sleep 60 PATH=/bin SIGNALBOX_EXECUTION=a/1/1` */
export function parsePsLine(line: string): ProcessInfo | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(\S+)(.*)$/.exec(line);
  if (match === null || match[4]?.startsWith('Z')) return undefined;
  const [, pid, parent, group, , command = '', rest = ''] = match;
  const name = command.slice(command.lastIndexOf('/') + 1);
  const marker = new RegExp(` ${MARKER_NAME}=(\\S+)`).exec(rest)?.[1];
  return { pid: Number(pid), parent: Number(parent), group: Number(group), session: 0, name, marker, isRecent: false };
}
