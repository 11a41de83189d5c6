import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { InstallPlan } from '../model/plan.ts';
import type { WorkflowJobSpec } from '../model/workflow.ts';
import type { ExecutionResult } from '../protocol/execution-result.ts';
import { messageOf } from '../support/ci-error.ts';
import { noRoomWords } from './disk-room.ts';
import { jobEnvironment } from './environment.ts';
import { type ExecutionOrder, type Trust, trustOf } from './execution-order.ts';
import type { ExecutionEvents, ExecutionTools } from './execution-tools.ts';
import { InstallOutput } from './install-output.ts';
import { TestLog } from './log-tests/test-log.ts';
import { testsOfLog } from './log-tests/tests-of-log.ts';
import type { LogWriter } from './log-writer.ts';
import { collectReports } from './reports/collect-reports.ts';
import type { Slot } from './slots.ts';
import { StepRunner, type StopReason } from './step-runner.ts';
import type { Verdict } from './step-verdict.ts';
import { describeDuration, describeLimit } from './words.ts';
import { MaskedLog } from './workflow/masked-log.ts';
import { masksOf } from './workflow/secret-masks.ts';
import { onTheWire, type WorkflowEnd } from './workflow/workflow-end.ts';
import { WorkflowJob } from './workflow/workflow-job.ts';
import type { CheckoutRequest, JobWorkspace, WorkspaceKey } from './workspaces.ts';

/** One execution of a job: from its order to its result. */
export class Execution {
  readonly #order: ExecutionOrder;
  readonly #slot: Slot;
  readonly #log: LogWriter;
  readonly #tools: ExecutionTools;
  /** In front of the log, for a job that has secrets. */
  readonly #masked: MaskedLog | undefined;
  readonly #steps: StepRunner;
  readonly #hasRoom: boolean;
  readonly #testLog = new TestLog();
  #said: Omit<WorkflowEnd, 'verdict'> | undefined;
  readonly #marker: string;
  readonly #trust: Trust;
  readonly #workspaceKey: WorkspaceKey;
  #workspace: JobWorkspace | undefined;
  #checkout: Promise<string> | undefined;
  /** Where the commit is checked out; empty before that. */
  #path = '';

  constructor(order: ExecutionOrder, slot: Slot, log: LogWriter, tools: ExecutionTools, events: ExecutionEvents) {
    this.#order = order;
    this.#slot = slot;
    this.#log = log;
    this.#tools = tools;
    this.#marker = `${tools.runnerKey}/${order.job}/${order.execution}`;
    this.#trust = trustOf(order);
    this.#workspaceKey = { repository: order.repository.id, slot: slot.number, trust: this.#trust };
    const { clock, pipes, starter, times, runnerName } = tools;
    const { started, step, hasRoom = false } = events;
    this.#hasRoom = hasRoom;
    log.listen(this.#testLog);
    this.#masked = order.contexts === undefined ? undefined : new MaskedLog(log, masksOf(order.contexts));
    this.#steps = new StepRunner({
      ...{ clock, pipes, starter, times, runnerName, log: this.#masked ?? log },
      ...{ onStarted: started, onStep: step },
      onProcessEnd: (exit, process) =>
        this.#testLog.endProcess(exit !== null && 'status' in exit && exit.status === 0, process),
    });
  }

  /** Executes; whatever goes wrong is in the result. Once it resolves no process of the execution is left. */
  async run(): Promise<ExecutionResult> {
    const { clock, tree } = this.#tools;
    const since = tree.mark();
    const cancelTimeout = this.#startTimeout();
    const verdict = await this.#verdict().finally(cancelTimeout);
    const leftovers = await tree.end({
      marker: this.#marker,
      groups: this.#steps.groups,
      since,
      places: [this.#path, this.#slot.home, this.#slot.tmp, ...this.#steps.heldPipes].filter((path) => path !== ''),
      wasStopped: this.#steps.stopped !== undefined,
    });
    await this.#steps.close();
    this.#masked?.flush();
    const tests = await this.#tests(verdict); // nobody is left who could change the reports
    this.#conclude(verdict, leftovers);
    return {
      job: this.#order.job,
      execution: this.#order.execution,
      ...verdict,
      startedAt: this.#steps.startedAt?.getTime() ?? null,
      completedAt: clock.now().getTime(),
      logBytes: this.#log.bytes,
      logBytesDropped: this.#log.droppedBytes,
      steps: [...this.#steps.results],
      leftovers,
      ...(this.#said === undefined ? {} : onTheWire(this.#said)),
      ...tests,
    };
  }

  /** Ends it early: SIGTERM, and SIGKILL after the grace. Only the first reason counts. */
  stop(reason: StopReason): void {
    this.#steps.stop(reason);
  }

  /** Ends it without grace. */
  kill(reason: StopReason): void {
    this.#steps.kill(reason);
  }

  /**
   * After `run`: makes the workspace ready for the next commit. The slot is not free before that. `isNextAlike`: a job waits for
   * it that will have the same workspace, and cleans it in any case.
   */
  async cleanUp(isNextAlike = false): Promise<void> {
    if (this.#workspace === undefined) return;
    await this.#checkout?.catch(() => {}); // it may still be under way, if nobody wanted to wait for it
    const { install } = this.#order.spec;
    if (install !== undefined && this.#path !== '') this.#tools.snapshots.takeOut(this.#path, install.directories);
    if (!isNextAlike) await this.#workspace.afterJob();
    this.#tools.workspaces.release(this.#workspaceKey);
  }

  #startTimeout(): () => void {
    const { timeoutMs } = this.#order.spec;
    const reason = `timed out after ${describeLimit(timeoutMs)}`;
    return this.#tools.clock.after(timeoutMs, () => this.stop({ conclusion: 'timed_out', reason }));
  }

  async #verdict(): Promise<Verdict> {
    try {
      return await this.#attempt();
    } catch (error) {
      return this.#steps.stopped ?? { conclusion: 'error', reason: messageOf(error), exit: null };
    }
  }

  async #attempt(): Promise<Verdict> {
    const { spec } = this.#order;
    this.#log.line(spec.found);
    const low = this.#hasRoom ? undefined : await this.#tools.room.make();
    if (low !== undefined) return { conclusion: 'error', reason: noRoomWords(this.#tools.runnerName, low), exit: null };
    this.#checkout = this.#checkOut();
    const path = await Promise.race([this.#checkout, this.#steps.whenStopped]);
    if (path === undefined) return this.#steps.stopped ?? { conclusion: 'cancelled', reason: null, exit: null };
    this.#path = path;
    const env = this.#environment();
    if (spec.workflow !== undefined) return this.#runWorkflow(spec.workflow, env);
    let verdict: Verdict = { conclusion: 'success', reason: null, exit: null };
    if (spec.install !== undefined) verdict = await this.#install(spec.install, env);
    for (const step of spec.steps) {
      if (verdict.conclusion !== 'success') this.#steps.skip(step.name);
      else verdict = await this.#steps.run(step, this.#path, env);
    }
    return verdict;
  }

  async #runWorkflow(workflow: WorkflowJobSpec, env: Record<string, string>): Promise<Verdict> {
    const { contexts } = this.#order;
    if (contexts === undefined || this.#masked === undefined)
      throw new Error('a job of a workflow came without contexts');
    const { actions, times, runnerName, runnerKey, clock, urlOf, artifactsOf } = this.#tools;
    const caches = this.#caches;
    const { verdict, ...said } = await new WorkflowJob({
      ...{ order: this.#order, workflow, contexts, steps: this.#steps, log: this.#masked, env },
      ...{ runnerName, runnerKey, clock, urlOf, artifacts: artifactsOf(this.#order), lastStepsMs: times.lastStepsMs },
      places: {
        ...{ workspace: this.#path, temp: this.#slot.tmp, files: this.#slot.files },
        ...{ toolCache: join(caches, 'tools'), caches, actions },
      },
    }).run();
    this.#said = said;
    return verdict;
  }

  async #checkOut(): Promise<string> {
    this.#workspace = this.#tools.workspaces.acquire(this.#workspaceKey);
    const { sha, tree, git, spec } = this.#order;
    if (!spec.checkout) return (await this.#workspace.prepareEmpty()).path;
    const isLocal = git.objects.length > 0 && git.objects.every((folder) => existsSync(folder));
    const fetch = { url: this.#tools.urlOf(git.path), ticket: git.ticket };
    const request: CheckoutRequest = isLocal ? { sha, tree, objects: git.objects } : { sha, tree, objects: [], fetch };
    return (await this.#workspace.prepare(request)).path;
  }

  /** What strangers leave in a cache is executed by nobody: it goes with the job. */
  get #caches(): string {
    if (this.#trust === 'stranger') return join(this.#slot.tmp, 'caches');
    return join(this.#tools.caches, `${this.#keptFor}-${this.#trust}`);
  }

  /** The repository, in the names of what is kept for its jobs. */
  get #keptFor(): string {
    return `${this.#tools.keptPrefix}${this.#order.repository.id}`;
  }

  #environment(): Record<string, string> {
    const { base, own, runnerName } = this.#tools;
    const caches = this.#caches;
    if (!existsSync(caches)) mkdirSync(caches, { recursive: true, mode: 0o700 });
    const places = { workspace: this.#path, home: this.#slot.home, tmp: this.#slot.tmp, caches };
    return jobEnvironment(this.#order, places, { marker: this.#marker, runnerName, base, own });
  }

  /** Puts in place what an earlier install made, or installs and keeps it for the next one. */
  async #install(plan: InstallPlan, env: Record<string, string>): Promise<Verdict> {
    const { snapshots, clock } = this.#tools;
    const startMs = clock.monotonicMs();
    const context = { workspace: this.#path, env, repository: this.#keptFor, trust: this.#trust };
    const key = await snapshots.keyOf(plan, context);
    const isRestored = await snapshots.restore(key, this.#path, plan.directories);
    const verdict = isRestored ? this.#restored(plan, startMs) : await this.#installAnew(plan, env);
    if (!isRestored && verdict.conclusion === 'success') await snapshots.keep(key, this.#path, plan.directories);
    if (verdict.conclusion === 'success') void snapshots.prepareAhead().catch(() => {}); // then the next job copies
    return isRestored ? this.#afterRestore(plan, verdict, env) : verdict;
  }

  /** A registry that cannot be reached says nothing of the commit: its tests could not be asked. */
  async #installAnew({ step }: InstallPlan, env: Record<string, string>): Promise<Verdict> {
    const output = new InstallOutput(this.#testLog);
    this.#log.listen(output);
    const verdict = await this.#steps.run(step, this.#path, env);
    this.#log.listen(this.#testLog);
    const said = verdict.conclusion === 'failure' ? output.unreachable : undefined;
    if (said === undefined) return verdict;
    const reason = `${step.name}: a server that dependencies come from could not be reached (${said}); rerun it when it can be`;
    return { ...verdict, conclusion: 'error', reason };
  }

  /** What the install would have done beside filling its folders. */
  async #afterRestore(plan: InstallPlan, restored: Verdict, env: Record<string, string>): Promise<Verdict> {
    let verdict = restored;
    for (const step of plan.afterRestore ?? []) {
      if (verdict.conclusion === 'success') verdict = await this.#steps.run(step, this.#path, env);
    }
    return verdict;
  }

  #restored(plan: InstallPlan, startMs: number): Verdict {
    const took = describeDuration(this.#tools.clock.monotonicMs() - startMs);
    this.#log.line(
      `[signalbox] ${plan.directories.join(', ')} put in place from a snapshot in ${took}: ${plan.step.name} was not needed`,
    );
    this.#steps.skip(plan.step.name);
    return this.#steps.stopped ?? { conclusion: 'success', reason: null, exit: null };
  }

  /** What the reports say that the job wrote; where there is none, what its log says. */
  async #tests({ conclusion }: Verdict): Promise<Pick<ExecutionResult, 'tests' | 'unnamedTests'>> {
    this.#log.listen(undefined);
    this.#testLog.endOutput();
    const { beganAt, startedAt, stopped } = this.#steps;
    if (this.#path === '' || startedAt === undefined || stopped?.conclusion === 'cancelled') return {};
    const { spec } = this.#order;
    const masks = this.#masked?.masks;
    const search = { workspace: this.#path, patterns: spec.reports ?? [], sinceMs: +(beganAt ?? startedAt) };
    const { reports, tests, notes } = await collectReports(search, masks);
    for (const note of notes) this.#log.line(`[signalbox] ${note}`);
    if (reports > 0) return tests.length === 0 ? {} : { tests: [...tests] };
    const hasPassed = conclusion === 'success' && this.#steps.results.every((step) => step.conclusion !== 'failure');
    const logged = testsOfLog(this.#testLog, { workspace: this.#path, masks, hasPassed });
    for (const note of logged.notes) this.#log.line(`[signalbox] ${note}`);
    if (logged.notes.length === 0) return {};
    return { tests: [...logged.tests], unnamedTests: logged.unnamed };
  }

  /** The last lines of the log. */
  #conclude({ reason }: Verdict, leftovers: readonly string[]): void {
    const log = this.#masked ?? this.#log;
    this.#log.markDropped();
    if (leftovers.length > 0)
      log.line(`[signalbox] still running after the last step, and killed: ${leftovers.join(', ')}`);
    if (reason !== null) log.line(`[signalbox] ${reason}`);
  }
}
