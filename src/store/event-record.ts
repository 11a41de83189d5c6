/** What can happen; the `type` of an {@link EventRecord}. Past tense. */
export type EventType =
  | 'repository.added'
  | 'repository.removed'
  | 'run.queued'
  | 'run.sourced' // another source told of it
  | 'run.approved' // a person let it begin
  | 'run.started'
  | 'run.cancelling' // somebody, or a newer run, asked for its end
  | 'run.completed'
  | 'job.queued'
  | 'job.leased'
  | 'job.started'
  | 'job.cancelling' // its runner is told to end it
  | 'job.lost'
  | 'job.retried' // it failed and is executed again
  | 'job.finished'
  | 'execution.stale'
  | 'step.started'
  | 'step.finished'
  | 'ref.moved' // a branch, to a commit that has its run already
  | 'ref.deleted';

/** One entry of the append-only log of what happened; written in the transaction of what it tells. */
export interface EventRecord {
  /** Counts up without end; the cursor of whoever reads. */
  readonly id: number;
  readonly at: Date;
  readonly type: EventType;
  readonly repository: string | null;
  readonly run: number | null;
  readonly job: number | null;
  /** More, for people and programs; JSON. Of a run's events: number, sha, title, status, conclusion. */
  readonly data: Readonly<Record<string, unknown>>;
}
