import { createHash } from 'node:crypto';

/** Names of a trace and its spans, as W3C Trace Context has them: hex, 32 and 16 digits. */
export interface TraceIds {
  readonly trace: string;
  /** Of the whole run. */
  readonly run: string;
  /** Of one execution of a job. */
  execution(job: number, execution: number): string;
  /** Of anything else in the trace. */
  part(name: string): string;
}

/**
 * The ids of the trace of an attempt of a run. They follow from what it is, so that nothing has to be kept or passed on: a job is
 * told its span before there is one, and the trace is made when the run is over. `secret` makes them those of one installation.
 */
export function traceIdsOf(secret: string, run: number, attempt: number): TraceIds {
  const hash = (...parts: readonly (string | number)[]) =>
    createHash('sha256')
      .update(JSON.stringify(['trace', secret, run, attempt, ...parts]))
      .digest('hex');
  return {
    trace: hash().slice(0, 32),
    run: hash('run').slice(0, 16),
    execution: (job, execution) => hash('execution', job, execution).slice(0, 16),
    part: (name) => hash('part', name).slice(0, 16),
  };
}

/** What a job finds as `TRACEPARENT`: its own spans become children of its execution. */
export function traceParent(ids: TraceIds, job: number, execution: number): string {
  return `00-${ids.trace}-${ids.execution(job, execution)}-01`;
}
