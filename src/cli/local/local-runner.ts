import { closeSync, existsSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Workspace } from '../../git/workspace.ts';
import type { ExecutionResult, StepResult } from '../../protocol/execution-result.ts';
import { FolderArtifacts } from '../../runner/actions/folder-artifacts.ts';
import { Execution } from '../../runner/execution.ts';
import type { ExecutionOrder } from '../../runner/execution-order.ts';
import { LogWriter } from '../../runner/log-writer.ts';
import { createParts, type RunnerParts } from '../../runner/runner-parts.ts';
import type { StopReason } from '../../runner/step-runner.ts';
import { type Clock, systemClock } from '../../support/clock.ts';
import type { Logger } from '../../support/logger.ts';

/** What a {@link LocalRunner} is made of. */
export interface LocalRunnerOptions {
  /** Its own folder; it has the lock of it. */
  readonly folder: string;
  /** Folder for snapshots and caches, that all runners of the home share. */
  readonly shared: string;
  /** Of what is kept in there for the repository at hand: its id here is that of another one on a server. */
  readonly keptPrefix: string;
  readonly slots: number;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** What is heard of an execution while it runs. */
export interface LocalEvents {
  /** Bytes of the log, lent. */
  output(bytes: Buffer): void;
  started(at: Date): void;
  step(step: StepResult): void;
}

/** Executes jobs for one command, with the same parts as a runner of a server, and no dispatcher. */
export class LocalRunner {
  readonly #options: LocalRunnerOptions;
  readonly #parts: RunnerParts;
  readonly #running = new Map<string, Execution>();
  readonly #busy = new Set<Promise<void>>();
  readonly #artifacts = new Map<number, FolderArtifacts>();
  #stop: StopReason | undefined;
  /** Executions that run, or have ended in another way than leaving nothing. */
  #unclean = 0;

  constructor(options: LocalRunnerOptions) {
    this.#options = options;
    const { folder, shared, keptPrefix, slots, env, logger, clock = systemClock } = options;
    this.#parts = createParts({
      ...{ name: 'here', slots, home: folder, shared, keptPrefix, clock, logger, env },
      openWorkspace: (path) => new Workspace({ folder: path, logger }),
      urlOf: () => 'http://127.0.0.1:0/',
      artifactsOf: ({ run }) => this.#artifactsOf(run.id),
      isIdle: () => this.#running.size === 0,
    });
  }

  /** Ends what an earlier life left running, and makes the folders. */
  async start(): Promise<void> {
    const wasOrderly = !existsSync(this.#unfinished);
    writeFileSync(this.#unfinished, '');
    await this.#parts.start(wasOrderly);
    rmSync(join(this.#options.folder, 'artifacts'), { recursive: true, force: true });
    mkdirSync(this.#logs, { recursive: true, mode: 0o700 });
  }

  /** Executes a job to its end; whatever goes wrong is in the result. The workspace is cleaned up afterwards, beside the next job. */
  async execute(order: ExecutionOrder, events: LocalEvents): Promise<ExecutionResult> {
    const slot = await this.#parts.slots.acquire();
    const fd = openSync(this.logOf(order), 'w+', 0o600);
    const log: LogWriter = new LogWriter({
      fd,
      limitBytes: order.spec.logLimitBytes,
      onAppended: (bytes) => events.output(bytes),
      onFailed: (reason) => this.stopOne(order, { conclusion: 'error', reason }),
    });
    const execution = new Execution(order, slot, log, this.#parts.tools, events);
    this.#running.set(nameOf(order), execution);
    if (this.#stop !== undefined) execution.stop(this.#stop);
    this.#unclean++;
    try {
      const result = await execution.run();
      if (result.leftovers.length === 0) this.#unclean--;
      return result;
    } finally {
      this.#running.delete(nameOf(order));
      log.close();
      closeSync(fd);
      const cleaning = execution.cleanUp().then(
        () => this.#parts.slots.release(slot),
        () => this.#parts.slots.release(slot),
      );
      this.#busy.add(cleaning);
      void cleaning.then(() => this.#busy.delete(cleaning));
    }
  }

  /** Where the log of an execution is. */
  logOf({ job, execution }: Pick<ExecutionOrder, 'job' | 'execution'>): string {
    return join(this.#logs, `${job}-${execution}.log`);
  }

  /** Ends one execution early, with a grace. */
  stopOne(key: Pick<ExecutionOrder, 'job' | 'execution'>, reason: StopReason): void {
    this.#running.get(nameOf(key))?.stop(reason);
  }

  /** Ends everything without a grace. */
  killAll(reason: StopReason): void {
    this.#stop = reason;
    for (const execution of this.#running.values()) execution.kill(reason);
  }

  /** After the last execution: waits for what is being cleaned up. */
  async stop(): Promise<void> {
    await Promise.all(this.#busy);
    await this.#parts.stop();
    // nobody comes after this command to empty it, and what a job left may hold its secrets
    rmSync(join(this.#options.folder, 'trash'), { recursive: true, force: true });
    if (this.#unclean === 0) rmSync(this.#unfinished, { force: true });
  }

  /** Those of the last command stay, so that people can have them. */
  #artifactsOf(run: number): FolderArtifacts {
    const known = this.#artifacts.get(run) ?? new FolderArtifacts(join(this.#options.folder, 'artifacts', String(run)));
    this.#artifacts.set(run, known);
    return known;
  }

  /** There from the beginning to an orderly end. Only who finds it looks through all processes of the machine. */
  get #unfinished(): string {
    return join(this.#options.folder, 'unfinished');
  }

  get #logs(): string {
    return join(this.#options.folder, 'logs');
  }
}

function nameOf({ job, execution }: Pick<ExecutionOrder, 'job' | 'execution'>): string {
  return `${job}-${execution}`;
}
