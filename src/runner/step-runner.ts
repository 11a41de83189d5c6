import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Conclusion, describeExit, type Exit } from '../model/conclusion.ts';
import type { PlannedStep } from '../model/plan.ts';
import type { StepResult } from '../protocol/messages.ts';
import type { Clock } from '../support/clock.ts';
import { deferred } from '../support/deferred.ts';
import type { LogWriter } from './log-writer.ts';
import type { OutputPipe, OutputPipes } from './output-pipe.ts';
import { MARKER_NAME } from './process-table.ts';
import { type StepEnd, StepProcess } from './step.ts';
import { describeCommand, describeDuration } from './words.ts';

/** How long is waited, in milliseconds. */
export interface StepTimes {
  /** From SIGTERM to SIGKILL. Default 10 000. */
  readonly graceMs: number;
  /** For the output of processes that a step left behind. Default 2 000. */
  readonly pipeMs: number;
}

/** How a step, or a whole job, ended. `reason`: in words, when the exit alone does not say it. */
export interface Verdict {
  readonly conclusion: Conclusion;
  readonly reason: string | null;
  readonly exit: Exit | null;
}

/** Why an execution ends before its steps do. */
export interface StopReason {
  readonly conclusion: Conclusion;
  readonly reason: string;
}

/** What the steps of one execution share. */
export interface StepRunnerOptions {
  readonly clock: Clock;
  readonly log: LogWriter;
  readonly pipes: OutputPipes;
  readonly times: StepTimes;
  /** The first process exists. */
  readonly onStarted: (at: Date) => void;
  /** A step began (its conclusion is null) or ended. */
  readonly onStep: (step: StepResult) => void;
}

/** Runs the steps of one execution, one after the other, and keeps account of them. */
export class StepRunner {
  readonly #options: StepRunnerOptions;
  readonly #groups = new Set<number>();
  readonly #openPipes = new Set<OutputPipe>();
  readonly #results: StepResult[] = [];
  #current: StepProcess | undefined;
  #stop: StopReason | undefined;
  readonly #stopRequested = deferred<void>();
  #startedAt: Date | undefined;

  constructor(options: StepRunnerOptions) {
    this.#options = options;
  }

  /** The process groups that steps were started in. */
  get groups(): ReadonlySet<number> {
    return this.#groups;
  }

  get results(): readonly StepResult[] {
    return this.#results;
  }

  /** When the first process existed. */
  get startedAt(): Date | undefined {
    return this.#startedAt;
  }

  /** The verdict of an execution that was stopped. */
  get stopped(): Verdict | undefined {
    return this.#stop === undefined ? undefined : { ...this.#stop, exit: null };
  }

  /** Resolves when the execution was stopped; never, if it is not. */
  get whenStopped(): Promise<void> {
    return this.#stopRequested.promise;
  }

  /** Ends what runs, with a grace; nothing more is started. Only the first reason counts. */
  stop(reason: StopReason): void {
    this.#stop ??= reason;
    this.#stopRequested.resolve();
    this.#current?.stop();
  }

  /** Ends what runs, without a grace. */
  kill(reason: StopReason): void {
    this.stop(reason);
    this.#current?.kill();
  }

  /** A step that need not, or cannot any more, be run. */
  skip(step: PlannedStep): void {
    const [index, logOffset] = [this.#results.length, this.#options.log.bytes];
    const result = { index, name: step.name, conclusion: 'skipped' as const, logOffset };
    this.#results.push({ ...result, startedAt: null, completedAt: null, exit: null });
  }

  /** Runs a step to its end, or to the end of what is waited for of it. */
  async run(step: PlannedStep, workspace: string, env: Readonly<Record<string, string>>): Promise<Verdict> {
    const { log, clock } = this.#options;
    if (this.stopped !== undefined) return this.stopped;
    log.line(`$ ${describeCommand(step.command)}`);
    const startMs = clock.monotonicMs();
    const begun = this.#begin(step);
    const cwd = join(workspace, step.dir ?? '');
    const { process, end } = await this.#execute({ ...step, cwd, env: stepEnvironment(env, step) });
    const verdict = this.stopped ?? verdictOf(end, process, cwd, step);
    const { exit } = end;
    if (exit !== null)
      log.line(`[signalbox] ${describeExit(exit)} after ${describeDuration(clock.monotonicMs() - startMs)}`);
    this.#complete({ ...begun, conclusion: verdict.conclusion, completedAt: clock.now().getTime(), exit });
    return { ...verdict, exit };
  }

  /** After the processes of the execution were killed: reads what is left in the pipes, and closes them. */
  async close(): Promise<void> {
    await Promise.all([...this.#openPipes].map((pipe) => this.#drain(pipe)));
    for (const pipe of this.#openPipes) pipe.close();
  }

  #begin(step: PlannedStep): StepResult {
    const begun: StepResult = {
      index: this.#results.length,
      name: step.name,
      conclusion: null,
      startedAt: this.#options.clock.now().getTime(),
      completedAt: null,
      exit: null,
      logOffset: this.#options.log.bytes,
    };
    this.#results.push(begun);
    this.#options.onStep(begun);
    return begun;
  }

  #complete(result: StepResult): void {
    this.#results[result.index] = result;
    this.#options.onStep(result);
  }

  async #execute(what: { command: PlannedStep['command']; cwd: string; env: Record<string, string> }) {
    const { log, pipes, clock, times } = this.#options;
    const pipe = await pipes.open((bytes) => log.output(bytes));
    this.#openPipes.add(pipe);
    const process = new StepProcess({ ...what, outputFd: pipe.writeFd, graceMs: times.graceMs, clock });
    pipe.closeWriter();
    this.#current = process;
    if (process.pid !== undefined) this.#started(process.pid);
    if (this.#stop !== undefined) process.stop();
    const end = await process.ended;
    this.#current = undefined;
    if (this.#stop === undefined) await this.#drain(pipe);
    return { process, end };
  }

  #started(group: number): void {
    this.#groups.add(group);
    if (this.#startedAt !== undefined) return;
    this.#startedAt = this.#options.clock.now();
    this.#options.onStarted(this.#startedAt);
  }

  /** Whoever was started by the step and lives on may hold the pipe for ever: that must not hold the job. */
  async #drain(pipe: OutputPipe): Promise<void> {
    let cancel = () => {};
    const limit = new Promise<boolean>((resolve) => {
      cancel = this.#options.clock.after(this.#options.times.pipeMs, () => resolve(false));
    });
    const hasEnded = await Promise.race([pipe.ended.then(() => true), limit]);
    cancel();
    if (hasEnded) this.#openPipes.delete(pipe);
  }
}

function verdictOf(end: StepEnd, process: StepProcess, cwd: string, step: PlannedStep): Verdict {
  if (end.kind === 'not_started') return existsSync(cwd) ? end : noFolder(step);
  const { exit } = end;
  if ('status' in exit) return byStatus(exit.status, exit);
  const hint = exit.signal === 'SIGKILL' && !process.hasKilled ? `, not by Signalbox; ${OUT_OF_MEMORY}` : '';
  return { conclusion: 'failure', reason: `killed by signal ${exit.signal}${hint}`, exit };
}

/** A step may set what it likes, but not hide its processes. */
function stepEnvironment(env: Readonly<Record<string, string>>, step: PlannedStep): Record<string, string> {
  return { ...env, ...step.env, [MARKER_NAME]: env[MARKER_NAME] ?? '' };
}

const OUT_OF_MEMORY = 'probably by the kernel, because the machine ran out of memory';

/** A shell says 128 and the number of the signal when what it started was killed. */
function byStatus(status: number, exit: Exit): Verdict {
  if (status === 0) return { conclusion: 'success', reason: null, exit };
  const reason = status === 137 ? `a process of it was killed (SIGKILL), ${OUT_OF_MEMORY}` : null;
  return { conclusion: 'failure', reason, exit };
}

function noFolder(step: PlannedStep): Verdict {
  return { conclusion: 'failure', reason: `there is no folder ${step.dir ?? '.'} in this commit`, exit: null };
}
