import {
  closeSync,
  fstatSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type ExecutionKey, type ExecutionResult, type LeaseMessage, toDispatcher } from '../protocol/messages.ts';
import type { LogSource } from './log-stream.ts';
import { readAt } from './log-writer.ts';

/** The folder of one execution: `lease.json`, `log` and, once it is over, `result.json`. */
export class SpoolEntry {
  readonly key: ExecutionKey;
  readonly folder: string;

  constructor(spool: string, key: ExecutionKey) {
    this.key = { job: key.job, execution: key.execution };
    this.folder = join(spool, `${key.job}-${key.execution}`);
  }

  get logPath(): string {
    return join(this.folder, 'log');
  }

  /**
   * Resolves when the result would survive a power cut; half of it is never there. Only the fsync is waited for in
   * another thread: the rest costs some microseconds, less than handing it over.
   */
  async saveResult(result: ExecutionResult): Promise<void> {
    const path = join(this.folder, 'result.json');
    const partial = `${path}.partial`;
    const fd = openSync(partial, 'w', 0o600);
    try {
      writeSync(fd, JSON.stringify(result));
      await synced(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(partial, path);
  }

  /** The dispatcher has it, or does not want it. Never throws: what stays is offered again by the next life. */
  remove(): void {
    try {
      for (const name of ['lease.json', 'log', 'result.json']) unlinkSync(join(this.folder, name));
      rmdirSync(this.folder);
    } catch {
      removeAll(this.folder); // another set of files: a result was never written
    }
  }
}

function removeAll(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The disk fails, or somebody put something else there.
  }
}

function synced(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(fd, (error) => (error === null ? resolve() : reject(error)));
  });
}

/** An execution that was finished in an earlier life of the runner and is not acknowledged. */
export interface FinishedEntry {
  readonly entry: SpoolEntry;
  readonly result: ExecutionResult;
  readonly log: LogSource & { close(): void };
}

/** What a runner has produced and not yet handed over: on its own disk, so that it outlives the runner. */
export class Spool {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What an earlier life finished. Executions without a result are gone with it: what is left of them is removed. */
  start(): FinishedEntry[] {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return readdirSync(this.#folder).flatMap((name) => {
      const finished = this.#load(name);
      if (finished === undefined) rmSync(join(this.#folder, name), { recursive: true, force: true });
      return finished ?? [];
    });
  }

  /** Makes the folder of an execution that begins. */
  create(lease: LeaseMessage): SpoolEntry {
    const entry = new SpoolEntry(this.#folder, lease);
    makeAnew(entry.folder);
    const { git, ...rest } = lease;
    const kept = { ...rest, git: { ...git, ticket: '' } }; // a password; of no use after the lease
    writeFileSync(join(entry.folder, 'lease.json'), JSON.stringify(kept), { mode: 0o600 });
    return entry;
  }

  #load(name: string): FinishedEntry | undefined {
    const match = /^(\d+)-(\d+)$/.exec(name);
    if (match === null) return undefined;
    const entry = new SpoolEntry(this.#folder, { job: Number(match[1]), execution: Number(match[2]) });
    const result = readResult(join(entry.folder, 'result.json'));
    return result === undefined ? undefined : { entry, result, log: openLog(entry.logPath) };
  }
}

function makeAnew(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
  }
}

function readResult(path: string): ExecutionResult | undefined {
  try {
    const message = toDispatcher.parse({ type: 'finished', result: JSON.parse(readFileSync(path, 'utf8')) });
    return message.type === 'finished' ? message.result : undefined;
  } catch {
    return undefined; // not there, or of another version: the dispatcher will have it executed again
  }
}

function openLog(path: string): LogSource & { close(): void } {
  let fd: number | undefined;
  try {
    fd = openSync(path, 'r');
  } catch {
    // A result without a log still counts.
  }
  const bytes = fd === undefined ? 0 : fstatSync(fd).size;
  const close = () => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  return { bytes, read: (offset, buffer) => readAt(fd, offset, buffer), close };
}
