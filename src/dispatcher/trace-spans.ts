import type { ExecutionRecord, JobRecord } from '../store/job-record.ts';
import type { RunDetail } from '../store/read-jobs.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { TraceIds } from './trace-ids.ts';

/** One span of a trace. */
export interface Span {
  readonly id: string;
  /** Undefined: the run itself. */
  readonly parent?: string;
  readonly name: string;
  readonly start: Date;
  readonly end: Date;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Why it counts as failed, in words. */
  readonly error?: string;
}

/**
 * The way of a push, from the times that were kept: committed, received, dispatched, each job in the queue and at a runner, its steps. What
 * was not reached has no span. Names of attributes are OpenTelemetry's own where it has some (`cicd.*`, `vcs.*`).
 */
export function spansOf({ run, jobs }: RunDetail, ids: TraceIds): readonly Span[] {
  if (run.completedAt === null) return [];
  const isFirst = run.attempt === 1;
  const queued = jobs.flatMap(({ queuedAt }) => (queuedAt === null ? [] : [+queuedAt]));
  const began = isFirst ? Math.min(+run.committedAt, +run.receivedAt) : Math.min(...queued, +run.completedAt);
  const part = (name: string, start: Date, end: Date): Span => ({
    ...{ id: ids.part(name), parent: ids.run, name, start, end: latest(start, end), attributes: {} },
  });
  return [
    {
      ...{ id: ids.run, name: `${run.workflow} ${run.repository}#${run.number}` },
      ...{ start: new Date(began), end: latest(new Date(began), run.completedAt), attributes: attributesOf(run) },
      ...failure(run.conclusion, run.reason),
    },
    ...(isFirst
      ? [part('commit to news', run.committedAt, run.receivedAt), part('dispatch', run.receivedAt, run.dispatchedAt)]
      : []),
    ...jobs.filter(({ kind }) => kind === 'job').flatMap((job) => jobSpans(job, ids)),
  ];
}

function jobSpans(job: JobRecord, ids: TraceIds): readonly Span[] {
  const [first] = job.executions;
  const waited = job.queuedAt !== null && first !== undefined && first.leasedAt >= job.queuedAt;
  const queue: readonly Span[] = waited
    ? [
        {
          ...{ id: ids.part(`queue ${job.id}`), parent: ids.run, name: `queue: ${job.name}` },
          ...{ start: job.queuedAt, end: first.leasedAt, attributes: { 'signalbox.job.id': job.id } },
        },
      ]
    : [];
  return [...queue, ...job.executions.flatMap((execution) => executionSpans(job, execution, ids))];
}

function executionSpans(job: JobRecord, execution: ExecutionRecord, ids: TraceIds): readonly Span[] {
  const end = execution.completedAt ?? job.completedAt;
  if (end === null) return [];
  const id = ids.execution(job.id, execution.number);
  const span: Span = {
    ...{ id, parent: ids.run, name: job.name, start: execution.leasedAt, end: latest(execution.leasedAt, end) },
    attributes: {
      'cicd.pipeline.task.name': job.name,
      'cicd.pipeline.task.run.id': String(job.id),
      'cicd.pipeline.task.run.result': execution.conclusion ?? execution.outcome ?? 'unknown',
      'cicd.worker.name': execution.runner,
      'signalbox.job.id': job.id,
      'signalbox.execution': execution.number,
      'signalbox.outcome': execution.outcome ?? 'unknown',
    },
    ...failure(execution.conclusion, execution.reason),
  };
  const isLast = execution.number === job.execution;
  return [
    span,
    ...(isLast ? job.steps : []).flatMap((step) => stepSpan(step, id, ids.part(`step ${job.id} ${step.index}`))),
  ];
}

function stepSpan(step: JobRecord['steps'][number], parent: string, id: string): readonly Span[] {
  const { startedAt, completedAt, name, conclusion, index, exit } = step;
  if (startedAt === null || completedAt === null) return [];
  const status = exit !== null && 'status' in exit ? { 'process.exit.code': exit.status } : {};
  return [
    {
      ...{ id, parent, name, start: startedAt, end: latest(startedAt, completedAt) },
      attributes: { 'signalbox.step': index, 'signalbox.conclusion': conclusion ?? 'unknown', ...status },
      ...failure(conclusion, null),
    },
  ];
}

function attributesOf(run: RunRecord): Span['attributes'] {
  return {
    'cicd.pipeline.name': run.workflow,
    'cicd.pipeline.run.id': String(run.id),
    'cicd.pipeline.result': run.conclusion ?? 'unknown',
    'vcs.repository.name': run.repository,
    'vcs.ref.head.name': run.ref,
    'vcs.ref.head.revision': run.sha,
    'signalbox.run.number': run.number,
    'signalbox.run.attempt': run.attempt,
    'signalbox.event': run.event,
    'signalbox.trigger': run.trigger,
  };
}

function failure(conclusion: RunRecord['conclusion'], reason: string | null): { error?: string } {
  if (conclusion === null || conclusion === 'success' || conclusion === 'skipped') return {};
  return { error: reason ?? conclusion };
}

/** Clocks of several machines are in it: no span ends before it begins. */
function latest(start: Date, end: Date): Date {
  return end < start ? start : end;
}
