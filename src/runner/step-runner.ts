import { join } from 'node:path';
import { type Conclusion, describeExit, type Exit } from '../model/conclusion.ts';
import type { PlannedStep } from '../model/plan.ts';
import type { StepResult } from '../protocol/execution-result.ts';
import type { Clock } from '../support/clock.ts';
import { deferred } from '../support/deferred.ts';
import { GroupMarks } from './group-marks.ts';
import type { TestProcess } from './log-tests/test-log.ts';
import type { OutputPipe, OutputPipes } from './output-pipe.ts';
import { MARKER_NAME } from './process-table.ts';
import type { Starter } from './starter.ts';
import { StepProcess } from './step.ts';
import { foundVerdictOf, type ProcessEnd, type Verdict } from './step-verdict.ts';
import { describeCommand, describeDuration } from './words.ts';

/** How long is waited, in milliseconds. */
export interface StepTimes {
  /** From SIGTERM to SIGKILL. Default 10 000. */
  readonly graceMs: number;
  /** For the output of processes that a step left behind. Default 2 000. */
  readonly pipeMs: number;
}

/** Why an execution ends before its steps do. */
export interface StopReason {
  readonly conclusion: Conclusion;
  readonly reason: string;
}

/** Where steps write; a `LogWriter`, or what stands in front of one. */
export interface StepLog {
  /** How long the log is, in bytes. */
  readonly bytes: number;
  /** A line of our own, on a line of its own. */
  line(text: string): void;
  /** Output of a step; the bytes are only lent. */
  output(bytes: Buffer): void;
}

/** A process that is to be started as a part of a step. */
export interface ProcessOrder {
  /** argv, as in {@link PlannedStep}. */
  readonly command: PlannedStep['command'];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where its output goes. Default: as it is into the log. */
  readonly onOutput?: (bytes: Buffer) => void;
  /** See `StepOptions.isInterrupted`. */
  readonly isInterrupted?: boolean;
  /** For whoever reads tests out of what it writes. Default: what `cwd` says. */
  readonly tests?: TestProcess | undefined;
  /** Cleans up after the others: stops and kills leave it alone, and whoever starts it sees to it that it ends. */
  readonly isLast?: boolean;
}

/** What the steps of one execution share. */
export interface StepRunnerOptions {
  readonly clock: Clock;
  readonly log: StepLog;
  readonly pipes: OutputPipes;
  readonly starter: Starter;
  readonly times: StepTimes;
  readonly runnerName: string;
  /** The first process exists. */
  readonly onStarted: (at: Date) => void;
  /** A step began (its conclusion is null) or ended. */
  readonly onStep: (step: StepResult) => void;
  /** A process of a step is over, and its output was read. */
  readonly onProcessEnd: (exit: Exit | null, process: TestProcess) => void;
}

/** Runs the steps of one execution, one after the other, and keeps account of them. */
export class StepRunner {
  readonly #options: StepRunnerOptions;
  readonly #groups = new Set<number>();
  readonly #openPipes = new Set<OutputPipe>();
  readonly #results: StepResult[] = [];
  readonly #running = new Set<StepProcess>();
  #stop: StopReason | undefined;
  #isKilled = false;
  #isOutlived = false;
  readonly #stopRequested = deferred<void>();
  readonly #killRequested = deferred<void>();
  #startedAt: Date | undefined;
  #beganAt: Date | undefined;

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

  /** When the first process existed, or the first step that needs none began. */
  get startedAt(): Date | undefined {
    return this.#startedAt;
  }

  /** Before anything of it could write a file: the first process exists for a while before `startedAt`. */
  get beganAt(): Date | undefined {
    return this.#beganAt;
  }

  /** The verdict of an execution that was stopped. */
  get stopped(): Verdict | undefined {
    return this.#stop === undefined ? undefined : { ...this.#stop, exit: null };
  }

  /** Resolves when the execution was stopped; never, if it is not. */
  get whenStopped(): Promise<void> {
    return this.#stopRequested.promise;
  }

  /** Resolves when nothing may go on, not even what a stop lets run; never, if that does not happen. */
  get whenKilled(): Promise<void> {
    return this.#killRequested.promise;
  }

  get isKilled(): boolean {
    return this.#isKilled;
  }

  /** From now on a `stop` is only said: whoever runs the steps decides what ends, and what is still to be done. */
  outlive(): void {
    this.#isOutlived = true;
  }

  /** Ends what runs, with a grace; nothing more is started. Only the first reason counts. */
  stop(reason: StopReason): void {
    this.#stop ??= reason;
    this.#stopRequested.resolve();
    if (!this.#isOutlived) this.interrupt();
  }

  /** Ends the processes that run now, with a grace. */
  interrupt(): void {
    for (const process of this.#running) process.stop();
  }

  /** Ends what runs, without a grace. */
  kill(reason: StopReason): void {
    this.#isKilled = true;
    this.stop(reason);
    this.#killRequested.resolve();
    for (const process of this.#running) process.kill();
  }

  /** A step that need not, or cannot any more, be run. */
  skip(name: string): void {
    const [index, logOffset] = [this.#results.length, this.#options.log.bytes];
    const result = { index, name, conclusion: 'skipped' as const, logOffset };
    this.#results.push({ ...result, startedAt: null, completedAt: null, exit: null });
  }

  /** Runs a step of found tests to its end, or to the end of what is waited for of it. */
  async run(step: PlannedStep, workspace: string, env: Readonly<Record<string, string>>): Promise<Verdict> {
    const { log, clock } = this.#options;
    if (this.stopped !== undefined) return this.stopped;
    log.line(`$ ${describeCommand(step.command)}`);
    const startMs = clock.monotonicMs();
    const begun = this.begin(step.name);
    const cwd = join(workspace, step.dir ?? '');
    const marks = new GroupMarks((bytes) => log.output(bytes));
    const onOutput = (bytes: Buffer) => marks.write(bytes);
    const end = await this.execute({ command: step.command, cwd, env: stepEnvironment(env, step), onOutput });
    marks.end();
    const ended = foundVerdictOf(end, cwd, step, this.#options.runnerName);
    const verdict = { ...(this.stopped ?? ended), exit: ended.exit };
    if (verdict.exit !== null)
      log.line(`[signalbox] ${describeExit(verdict.exit)} after ${describeDuration(clock.monotonicMs() - startMs)}`);
    this.complete(begun, verdict);
    return verdict;
  }

  /** The pipes that somebody still holds, by their names. */
  get heldPipes(): readonly string[] {
    return [...this.#openPipes].map(({ path }) => path);
  }

  /** After the processes of the execution were killed: reads what is left in the pipes, and closes them. */
  async close(): Promise<void> {
    await Promise.all([...this.#openPipes].map((pipe) => this.#drain(pipe)));
    for (const pipe of this.#openPipes) pipe.close();
  }

  /** A step begins: it has a place in the results, and its part of the log begins here. */
  begin(name: string): StepResult {
    const begun: StepResult = {
      index: this.#results.length,
      name,
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

  /** A step that was begun is over. */
  complete(begun: StepResult, { conclusion, exit }: Verdict): void {
    const result = { ...begun, conclusion, completedAt: this.#options.clock.now().getTime(), exit };
    this.#results[result.index] = result;
    this.#options.onStep(result);
  }

  /** Runs one process of a step. Resolves when it is gone and its output was read, as far as that is waited for. */
  async execute(order: ProcessOrder): Promise<ProcessEnd> {
    const { log, pipes, starter, clock, times } = this.#options;
    const {
      onOutput = (bytes: Buffer) => log.output(bytes),
      isLast = false,
      tests = { cwd: order.cwd },
      ...what
    } = order;
    const pipe = await pipes.open(onOutput);
    this.#openPipes.add(pipe);
    this.#beganAt ??= clock.now();
    const output = { outputFd: pipe.writeFd, outputPath: pipe.path };
    const process = new StepProcess({ ...what, ...output, starter, graceMs: times.graceMs, clock });
    if (!isLast) this.#running.add(process);
    await process.begun;
    pipe.closeWriter();
    if (process.pid !== undefined) this.#started(process.pid);
    if (this.#isKilled && !isLast) process.kill();
    else if (this.#stop !== undefined && !this.#isOutlived && !isLast) process.stop();
    const end = await process.ended;
    this.#running.delete(process);
    if (this.#isOutlived ? !this.#isKilled : this.#stop === undefined) await this.#drain(pipe);
    this.#options.onProcessEnd(end.exit, tests);
    return { ...end, hasKilled: process.hasKilled };
  }

  #started(group: number): void {
    this.#groups.add(group);
    this.markStarted();
  }

  /** The job has begun, even if no process has: a step that needs none is being executed. */
  markStarted(): void {
    if (this.#startedAt !== undefined) return;
    this.#startedAt = this.#options.clock.now();
    this.#beganAt ??= this.#startedAt;
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

/** A step may set what it likes, but not hide its processes. */
function stepEnvironment(env: Readonly<Record<string, string>>, step: PlannedStep): Record<string, string> {
  return { ...env, ...step.env, [MARKER_NAME]: env[MARKER_NAME] ?? '' };
}
