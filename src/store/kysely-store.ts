import type { Clock } from '../support/clock.ts';
import { type Approval, approve } from './approve.ts';
import type { ArtifactFiles } from './artifact-files.ts';
import type { Artifacts } from './artifacts.ts';
import { artifactsIn } from './artifacts-in.ts';
import { branchTips } from './branch-tips.ts';
import { cancel } from './cancel.ts';
import { type ClaimRequest, claim } from './claim.ts';
import type { CredentialStore } from './credentials.ts';
import { credentialsIn } from './credentials-in.ts';
import type { Database } from './database.ts';
import { dispatch } from './dispatch.ts';
import { drainedRunners, setDrained } from './drained-runners.ts';
import { lastEvent, readEvents } from './event-log.ts';
import { finish } from './finish.ts';
import type { FinishedExecution } from './finished-execution.ts';
import { rememberVerdict, savings, tidyVerdicts } from './green-trees.ts';
import { heldRunsOfPull } from './held-pulls.ts';
import type { StepRecord } from './job-record.ts';
import type { SmallLogs } from './log-store.ts';
import { giveBack, lose } from './lose.ts';
import type { NewDispatch } from './new-dispatch.ts';
import { type CancelledExecution, createParts, type ExpansionParts, type StoreParts } from './parts.ts';
import { type ExecutionName, extend, extendAll, openExecutions, started, step } from './progress.ts';
import { type BranchFilter, branchRuns, branchRunsOf } from './read-branch.ts';
import { readCommit, readJob, readRun } from './read-jobs.ts';
import { queueLoad, runTimes } from './read-load.ts';
import { readQueue } from './read-queue.ts';
import { recentRuns } from './read-recent.ts';
import { knownRuns, type RunFilter, readRuns, runsOfCommit } from './read-runs.ts';
import { testsIn } from './read-tests.ts';
import { recentExecutions, usualJobMs } from './read-usual.ts';
import { cancelOrphans, hasOrphans, removeRepository } from './remove-repository.ts';
import { type Reopening, reopen } from './reopen.ts';
import {
  addRepository,
  listRepositories,
  type NewRepository,
  type RepositoryRecord,
  updateRepository,
} from './repositories.ts';
import { type RerunWish, rerun } from './rerun.ts';
import type { Retention } from './retention.ts';
import { retentionIn } from './retention-in.ts';
import type { RunSearch } from './search.ts';
import { searchIn } from './search-in.ts';
import type { SecretKeyFile } from './secret-key.ts';
import { smallLogsIn } from './small-logs.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';
import { type PackedTests, packTests } from './test-pack.ts';
import type { TestStore } from './tests.ts';
import type { Vault } from './vault.ts';
import { vaultIn } from './vault-in.ts';

/** The {@link Store} over any database that Kysely speaks. What each method does is in the file of its name. */
export class KyselyStore implements Store {
  readonly #database: Database<Tables>;
  readonly #clock: Clock;
  readonly #parts: StoreParts;
  readonly smallLogs: SmallLogs;
  readonly vault: Vault;
  readonly credentials: CredentialStore;
  readonly artifacts: Artifacts;
  readonly tests: TestStore;
  readonly search: RunSearch;
  readonly retention: Retention;

  constructor(
    database: Database<Tables>,
    needs: {
      readonly clock: Clock;
      readonly secretKey: SecretKeyFile;
      readonly artifactFiles: ArtifactFiles;
      readonly expansion?: ExpansionParts;
    },
  ) {
    this.#parts = createParts(needs.expansion);
    this.#database = database;
    this.#clock = needs.clock;
    this.smallLogs = smallLogsIn(database);
    this.tests = testsIn(database);
    this.search = searchIn(database);
    this.retention = retentionIn(database, this.#parts);
    this.vault = vaultIn(database, needs.secretKey);
    this.credentials = credentialsIn(database, needs.secretKey);
    this.artifacts = artifactsIn(database, needs.artifactFiles);
  }

  addRepository(repository: NewRepository, at: Date) {
    return this.#database.write((session) => addRepository(session, this.#parts, repository, at));
  }

  updateRepository(id: number, change: Partial<Pick<RepositoryRecord, 'sources' | 'gitDir' | 'secret'>>) {
    return this.#database.write((session) => updateRepository(session, id, change));
  }

  async removeRepository(id: number, at: Date) {
    const forgotten = await this.#database.write((session) => removeRepository(session, this.#parts, id, at));
    await this.#cancelOrphans(at);
    return forgotten;
  }

  /** Ends what a kill left half done. */
  async recover(): Promise<void> {
    if (await this.#database.read((session) => hasOrphans(session))) await this.#cancelOrphans(this.#clock.now());
  }

  async #cancelOrphans(at: Date): Promise<void> {
    while (await this.#database.write((session) => cancelOrphans(session, this.#parts, at)));
  }

  repositories() {
    return this.#database.read((session) => listRepositories(session));
  }

  dispatch(push: NewDispatch, at: Date) {
    return this.#database.write((session) => dispatch(session, this.#parts, push, at));
  }

  reopen(run: number, reopening: Reopening, at: Date) {
    return this.#database.write((session) => reopen(session, this.#parts, run, reopening, at));
  }

  rememberVerdict(verdict: { repository: number; fingerprint: string; durationMs: number }, at: Date) {
    return this.#database.write((session) => rememberVerdict(session, verdict, at));
  }

  tidyVerdicts(at: Date) {
    return this.#database.write((session) => tidyVerdicts(session, at));
  }

  savings() {
    return this.#database.read((session) => savings(session));
  }

  knownRuns(repository: number, shas: readonly string[]) {
    return this.#database.read((session) => knownRuns(session, repository, shas));
  }

  claim(request: ClaimRequest, count: number) {
    return this.#database.write((session) => claim(session, this.#parts, request, count));
  }

  started(job: number, execution: number, at: Date) {
    return this.#database.write((session) => started(session, this.#parts, job, execution, at));
  }

  step(job: number, execution: number, record: StepRecord) {
    const at = this.#clock.now();
    return this.#database.write((session) => step(session, this.#parts, job, execution, record, at));
  }

  extend(runner: string, executions: readonly ExecutionName[], expiresAt: Date) {
    return this.#database.write((session) => extend(session, runner, executions, expiresAt));
  }

  finish(result: FinishedExecution, at: Date) {
    const write = (tests?: PackedTests) =>
      this.#database.write((session) => finish(session, this.#parts, result, at, tests));
    // packing takes a while for thousands of tests, and must not hold up the transaction of others
    return result.tests === undefined ? write() : packTests(result.tests, result.unnamedTests).then(write);
  }

  lose(executions: readonly ExecutionName[], why: string, maxLost: number, at: Date) {
    return this.#database.write((session) => lose(session, this.#parts, executions, why, maxLost, at));
  }

  giveBack(executions: readonly ExecutionName[], why: string, at: Date) {
    return this.#database.write((session) => giveBack(session, this.#parts, executions, why, at));
  }

  cancel(run: number, why: string, at: Date) {
    return this.#database.write((session) => cancel(session, this.#parts, run, why, at));
  }

  approve(run: number, approval: Approval, at: Date) {
    return this.#database.write((session) => approve(session, this.#parts, run, approval, at));
  }

  heldRunsOfPull(repository: number, pull: number) {
    return this.#database.read((session) => heldRunsOfPull(session, this.#parts, repository, pull));
  }

  rerun(run: number, which: RerunWish, at: Date) {
    return this.#database.write((session) => rerun(session, this.#parts, run, which, at));
  }

  openExecutions(runner?: string) {
    return this.#database.read((session) => openExecutions(session, runner));
  }

  extendAll(expiresAt: Date) {
    return this.#database.write((session) => extendAll(session, expiresAt));
  }

  runs(filter: RunFilter) {
    return this.#database.read((session) => readRuns(session, filter));
  }

  run(id: number) {
    return this.#database.read((session) => readRun(session, this.#parts, id));
  }

  job(id: number) {
    return this.#database.read((session) => readJob(session, id));
  }

  runsOfCommit(sha: string) {
    return this.#database.readOne((session) => runsOfCommit(session, sha));
  }

  commit(sha: string) {
    return this.#database.read((session) => readCommit(session, sha));
  }

  branchRuns(filter: BranchFilter) {
    return this.#database.read((session) => branchRuns(session, filter));
  }

  branchRunsOf(repository: number, shas: readonly string[]) {
    return this.#database.readOne((session) => branchRunsOf(session, repository, shas));
  }

  usualJobMs(repository: number) {
    return this.#database.read((session) => usualJobMs(session, repository));
  }

  recentExecutions() {
    return this.#database.read((session) => recentExecutions(session));
  }

  recentRuns(repository: number) {
    return this.#database.read((session) => recentRuns(session, repository));
  }

  branchTips(repository: number) {
    return this.#database.read((session) => branchTips(session, repository));
  }

  queue(limit: number) {
    return this.#database.read((session) => readQueue(session, limit));
  }

  queueLoad() {
    return this.#database.read((session) => queueLoad(session));
  }

  runTimes(run: number) {
    return this.#database.readOne((session) => runTimes(session, run));
  }

  async events(cursor: number, limit: number) {
    return (
      this.#parts.events.recent(cursor, limit) ?? this.#database.read((session) => readEvents(session, cursor, limit))
    );
  }

  async lastEvent() {
    return this.#parts.events.lastId ?? this.#database.read((session) => lastEvent(session));
  }

  runnerSeen(labels: readonly string[], at: Date) {
    return this.#database.write((session) => this.#parts.knownLabels.seen(session, labels, at));
  }

  drainedRunners() {
    return this.#database.read((session) => drainedRunners(session));
  }

  setDrained(name: string, at: Date | undefined) {
    return this.#database.write((session) => setDrained(session, name, at));
  }

  onCancelled(listener: (cancelled: CancelledExecution) => void) {
    return this.#parts.cancelled.on(listener);
  }

  onQueued(listener: () => void) {
    return this.#parts.queued.on(listener);
  }

  onEvents(listener: () => void) {
    return this.#parts.events.onEvents(listener);
  }

  onCommit(listener: (ms: number) => void) {
    return this.#database.onCommit(listener);
  }

  check() {
    return this.#database.check();
  }

  async close() {
    await this.#database.close();
    this.#parts.events.close();
  }
}
