import { existsSync } from 'node:fs';
import type { Exit, Status } from '../model/conclusion.ts';
import type { LowDisk } from '../model/disk-floor.ts';
import type { RunnerStatus } from '../model/pool.ts';
import type { ArtifactRecord } from '../store/artifacts.ts';
import type { ReuseSavings } from '../store/green-trees.ts';
import type { ExecutionRecord, JobRecord, StepRecord } from '../store/job-record.ts';
import type { AttemptRecord } from '../store/read-jobs.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { Operations } from './operations.ts';
import type { ExplainedJob } from './waiting.ts';

/** ISO 8601 with milliseconds, UTC; null stays null. */
function time(date: Date | null): string | null {
  return date === null ? null : date.toISOString();
}

/** What people see of the inner states of a job. */
export function statusOfJob(job: Pick<JobRecord, 'state'>): Status {
  if (job.state === 'completed') return 'completed';
  return job.state === 'running' || job.state === 'cancelling' ? 'in_progress' : 'queued';
}

/** What people see of a step. */
export function statusOfStep(step: Pick<StepRecord, 'startedAt' | 'completedAt'>): Status {
  if (step.completedAt !== null) return 'completed';
  return step.startedAt === null ? 'queued' : 'in_progress';
}

/** A run as the API shows it in lists. */
export function runJson(run: RunRecord, base: string) {
  return {
    id: run.id,
    number: run.number,
    repository: run.repository,
    workflow: run.workflow,
    event: run.event,
    trigger: run.trigger,
    sources: run.sources,
    ref: run.ref,
    sha: run.sha,
    title: run.title,
    author: run.author,
    status: run.status,
    conclusion: run.conclusion,
    reason: run.reason,
    purpose: run.purpose,
    reused_from: run.reusedFrom,
    attempt: run.attempt,
    retried: run.isRetried,
    path: run.path,
    actor: run.actor,
    held: run.held,
    approved_by: run.approvedBy,
    approved_at: time(run.approvedAt),
    asked_by: run.askedBy,
    head_sha: run.head,
    created_at: time(run.createdAt),
    committed_at: time(run.committedAt),
    received_at: time(run.receivedAt),
    dispatched_at: time(run.dispatchedAt),
    started_at: time(run.startedAt),
    completed_at: time(run.completedAt),
    html_url: `${base}/runs/${run.id}`,
  };
}

/** A job as the API shows it in the detail of its run. */
export function jobJson(job: JobRecord, waitingFor: string | undefined, base: string) {
  return {
    id: job.id,
    key: job.key,
    name: job.name,
    needs: job.needs,
    labels: job.labels,
    runner: job.runner,
    status: statusOfJob(job),
    conclusion: job.conclusion,
    reason: job.reason,
    executions: job.execution,
    retried: job.isRetried,
    ...(waitingFor === undefined ? {} : { waiting_for: waitingFor }),
    queued_at: time(job.queuedAt),
    started_at: time(job.startedAt),
    completed_at: time(job.completedAt),
    steps: job.steps.map(stepJson),
    execution_details: job.executions.map(executionJson),
    log_url: `${base}/api/jobs/${job.id}/log`,
    kind: job.kind,
    definition: job.definition,
    parent: job.parent,
    matrix: job.matrix,
    environment: job.environment,
    continue_on_error: job.continueOnError,
    outputs: job.outputs,
    annotations: job.annotations,
    summary: job.summary,
  };
}

/** A former attempt of a run. */
export function attemptJson(attempt: AttemptRecord) {
  return {
    attempt: attempt.attempt,
    conclusion: attempt.conclusion,
    reason: attempt.reason,
    started_at: time(attempt.startedAt),
    completed_at: time(attempt.completedAt),
    asked_by: attempt.askedBy,
  };
}

function stepJson(step: StepRecord) {
  return {
    index: step.index,
    name: step.name,
    status: statusOfStep(step),
    conclusion: step.conclusion,
    ...exitJson(step.exit),
    started_at: time(step.startedAt),
    completed_at: time(step.completedAt),
    log_offset: step.logOffset,
  };
}

function executionJson(execution: ExecutionRecord) {
  return {
    number: execution.number,
    runner: execution.runner,
    outcome: execution.outcome,
    conclusion: execution.conclusion,
    reason: execution.reason,
    ...exitJson(execution.exit),
    leased_at: time(execution.leasedAt),
    started_at: time(execution.startedAt),
    completed_at: time(execution.completedAt),
    log_bytes: execution.logBytes,
    log_bytes_dropped: execution.logBytesDropped,
    leftovers: execution.leftovers,
    log_removed_at: time(execution.logRemovedAt),
  };
}

function exitJson(exit: Exit | null): { exit_code: number | null; signal: string | null } {
  return {
    exit_code: exit !== null && 'status' in exit ? exit.status : null,
    signal: exit !== null && 'signal' in exit ? exit.signal : null,
  };
}

/** A zip that a job has kept. */
export function artifactJson(artifact: ArtifactRecord, base: string) {
  return {
    id: artifact.id,
    name: artifact.name,
    size_bytes: artifact.bytes,
    digest: `sha256:${artifact.digest}`,
    created_at: time(artifact.createdAt),
    expires_at: time(artifact.expiresAt),
    url: `${base}/api/artifacts/${artifact.id}`,
  };
}

/** A repository as everybody may see it: without its secret. */
export function repositoryJson(repository: RepositoryRecord, base: string) {
  return {
    id: repository.id,
    name: repository.name,
    sources: repository.sources,
    git_dir: repository.gitDir,
    is_missing: repository.gitDir !== null && !existsSync(repository.gitDir),
    created_at: time(repository.createdAt),
    webhook_url: `${base}/webhooks`,
  };
}

/** What the server found out of a repository. */
export function factsJson(id: number, operations: Pick<Operations, 'defaultBranchOf' | 'schedulesOf'>) {
  return {
    default_branch: operations.defaultBranchOf(id),
    schedules: operations.schedulesOf(id).map(({ path, workflow, cron, timezone, next }) => ({
      ...{ workflow, path, cron, timezone },
      next_at: time(next),
    })),
  };
}

/** What taking over green verdicts saved, and what it would have saved where that is off. */
export function savingsJson(savings: ReuseSavings | undefined) {
  const { runs, savedMs, wouldSaveRuns, wouldSaveMs } = savings ?? NO_SAVINGS;
  return { runs, saved_ms: savedMs, would_save_runs: wouldSaveRuns, would_save_ms: wouldSaveMs };
}

const NO_SAVINGS: ReuseSavings = { runs: 0, savedMs: 0, wouldSaveRuns: 0, wouldSaveMs: 0 };

/** A waiting job. */
export function queuedJson({ job, reason }: ExplainedJob, base: string) {
  return {
    job: job.job,
    name: job.name,
    repository: job.repository,
    run: job.run,
    run_number: job.runNumber,
    sha: job.sha,
    ref: job.ref,
    title: job.title,
    labels: job.labels,
    executions: job.executions,
    queued_at: time(job.queuedAt),
    waiting_for: reason,
    html_url: `${base}/runs/${job.run}`,
  };
}

/** Too little room on its disk for a job; null: there is room. */
function lowDiskJson(low: LowDisk | undefined) {
  if (low === undefined) return null;
  return { folder: low.folder, free_bytes: low.freeBytes, floor_bytes: low.floorBytes };
}

/** A runner. */
export function runnerJson(runner: RunnerStatus) {
  return {
    name: runner.name,
    labels: runner.labels,
    slots: runner.slots,
    state: runner.state,
    can_resume: runner.canResume ?? false,
    low_disk: lowDiskJson(runner.lowDisk),
    protocol: runner.protocol,
    host: runner.host,
    version: runner.version,
    connected_at: time(runner.connectedAt),
    last_heard_at: time(runner.lastHeardAt),
    executions: runner.executions.map(({ job, execution, since }) => ({ job, execution, since: time(since) })),
  };
}
