import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { logUrl } from '../urls.ts';
import { lampOf, wordOf } from '../words.ts';
import { Lamp } from './lamp.tsx';
import { Prose } from './prose.tsx';
import { Duration } from './time.tsx';

type Job = RunDetailJson['jobs'][number];

/** The lamp of a job: one that passed after it had failed is not like others that passed. */
export function lampOfJob(job: Job) {
  return job.retried && job.conclusion === 'success' ? 'retried' : lampOf(job.status, job.conclusion);
}

/** The jobs of a run, each leading to its log, with its reason, runner and execution. */
export function JobList({ run }: { readonly run: RunDetailJson }) {
  return (
    <ul class="jobs">
      {run.jobs.map((job) => (
        <JobItem key={job.id} run={run} job={job} />
      ))}
    </ul>
  );
}

function JobItem({ run, job }: { readonly run: RunDetailJson; readonly job: Job }) {
  const state = lampOfJob(job);
  // the reason of the only job stands below the title already
  const why = run.jobs.length === 1 ? job.reason : (job.reason ?? job.waiting_for ?? null);
  return (
    <li data-row>
      <a class="job" href={logUrl(run.id, job.id)}>
        <Lamp state={state} />
        <b class="cut" title={job.name}>
          {job.name}
        </b>
        <em class="meta">
          {wordOf(state)}
          {job.executions > 1 && `, execution ${job.executions}`}
          {job.runner !== null && ` on ${job.runner}`}
        </em>
        <span>
          {job.started_at !== null ? (
            <Duration from={job.started_at} to={job.completed_at} />
          ) : (
            job.status !== 'completed' &&
            job.queued_at !== null && ['waits ', <Duration key="waits" from={job.queued_at} to={null} />]
          )}
        </span>
      </a>
      {why !== null && (
        <p class="meta why">
          <Prose words={why} />
        </p>
      )}
    </li>
  );
}
