import type { LogTail } from '../../../src/web/log-tail.ts';
import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import type { PageView } from '../page.ts';
import { Crumbs } from '../parts/crumbs.tsx';
import { lampOfJob } from '../parts/job-list.tsx';
import { Lamp } from '../parts/lamp.tsx';
import { LiveLog } from '../parts/live-log.tsx';
import { Prose } from '../parts/prose.tsx';
import { Duration } from '../parts/time.tsx';
import { exitOf } from '../run-sentence.ts';
import { runUrl } from '../urls.ts';
import { lampOf, wordOf } from '../words.ts';

type Job = RunDetailJson['jobs'][number];

/** Data of the page of a log. */
export interface LogData {
  readonly run: RunDetailJson;
  readonly job: Job;
  /** The end of the log; null while there is none. */
  readonly tail: LogTail | null;
}

/** One job: its steps, and what it said. */
export const log: PageView<LogData> = {
  name: 'log',
  section: 'repositories',
  title: ({ run, job }) => `${sentence(job)}: ${run.repository} #${run.number}`,
  said: ({ job }) => (job.status === 'completed' ? sentence(job) : ''),
  concerns: (event, { job }) => event.job === job.id,
  Component: LogPage,
};

function sentence(job: Job): string {
  return `${job.name} ${wordOf(lampOfJob(job))}`;
}

function LogPage({ data: { run, job, tail } }: { readonly data: LogData }) {
  const why = job.reason ?? job.waiting_for;
  return (
    <>
      <Crumbs repository={run.repository} steps={[{ href: runUrl(run.id), name: `#${run.number}` }]} here={job.name} />
      <div class="verdict">
        <Lamp state={lampOfJob(job)} large />
        <h1>{sentence(job)}</h1>
        <p class="facts">
          {job.executions > 1 && <span>execution {job.executions}</span>}
          {job.runner !== null && <span>on {job.runner}</span>}
          {job.started_at !== null && <Duration from={job.started_at} to={job.completed_at} />}
          {why !== undefined && (
            <span>
              <Prose words={why} />
            </span>
          )}
        </p>
      </div>
      <h2 class="sec">Steps</h2>
      <table class="table">
        <tbody>
          {job.steps.map((step) => (
            <StepRow key={step.index} step={step} />
          ))}
        </tbody>
      </table>
      {job.executions > 0 && <LiveLog job={job} tail={tail} />}
    </>
  );
}

function StepRow({ step }: { readonly step: Job['steps'][number] }) {
  const state = lampOf(step.status, step.conclusion);
  const isBad = state === 'failure' || state === 'error' || state === 'timed_out';
  return (
    <tr>
      <td>
        <Lamp state={state} label={true} /> {step.name}
      </td>
      <td class="no">{isBad && exitOf(step)}</td>
      <td class="num">{step.started_at !== null && <Duration from={step.started_at} to={step.completed_at} />}</td>
    </tr>
  );
}
