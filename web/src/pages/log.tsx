import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { LogView } from '../log/log-view.tsx';
import type { Opening } from '../log/opening.ts';
import type { PageView } from '../page.ts';
import { Crumbs } from '../parts/crumbs.tsx';
import { lampOfJob } from '../parts/job-list.tsx';
import { Lamp } from '../parts/lamp.tsx';
import { Prose } from '../parts/prose.tsx';
import { Duration } from '../parts/time.tsx';
import { logUrl, runUrl } from '../urls.ts';
import { lampOf, wordOf } from '../words.ts';

type Run = Pick<RunDetailJson, 'id' | 'number' | 'repository' | 'workflow' | 'jobs'>;
type Job = RunDetailJson['jobs'][number];

/** Data of the page of a log. */
export interface LogData {
  /** Its jobs are those beside which this one is shown. */
  readonly run: Run;
  readonly job: Job;
  /** That is shown; 0: there is none yet. */
  readonly execution: number;
  /** Why its log is not there any more, in words; null: it is, or there was none. */
  readonly removed: string | null;
  /** Null: there is no log. */
  readonly opening: Opening | null;
}

/** One job: its steps, and what it said. */
export const log: PageView<LogData> = {
  name: 'log',
  section: 'repositories',
  className: 'logpage',
  title: ({ run, job }) => `${sentence(job)}: ${run.repository} #${run.number}`,
  said: ({ job }) => (job.status === 'completed' ? sentence(job) : ''),
  concernedBy: ({ job, run }) => [{ job: job.id }, { type: 'job.finished', run: run.id }],
  Component: LogPage,
};

/** Other jobs of the run that are listed; those that failed first. */
const MOST_JOBS = 40;

function sentence(job: Job): string {
  return `${job.name} ${wordOf(lampOfJob(job))}`;
}

function LogPage({ data: { run, job, execution, removed, opening } }: { readonly data: LogData }) {
  const why = job.reason ?? job.waiting_for;
  const jobs = run.jobs.filter(({ kind }) => kind === 'job').length;
  return (
    <>
      <div class="verdict">
        <Crumbs
          repository={run.repository}
          steps={[{ href: runUrl(run.id), name: run.workflow, number: `#${run.number}` }]}
          here=""
        />
        <Lamp state={lampOfJob(job)} label={true} />
        <h1 title={job.name}>{job.name}</h1>
        <p class="small dim">
          {wordOf(lampOfJob(job))}
          {job.started_at !== null && [
            job.status === 'completed' ? ' in ' : ' for ',
            <Duration key="t" from={job.started_at} to={job.completed_at} />,
          ]}
          {job.runner !== null && ` on ${job.runner}`}
          {job.executions > 1 && <Executions run={run.id} job={job} shown={execution} />}
          {why !== undefined && why !== null && [', ', <Prose key="w" words={why} />]}
        </p>
      </div>
      <nav class="steps" aria-label="Steps and jobs">
        <h2>Steps</h2>
        {job.steps.map((step) => (
          <Step key={step.index} step={step} line={lineOf(opening, step.index)} />
        ))}
        {job.steps.length === 0 && <p class="meta none">{noStepWords(job)}</p>}
        {run.jobs.length > 1 && <h2>Other jobs</h2>}
        {othersOf(run.jobs, job).map((other) => (
          <a key={other.id} href={logUrl(run.id, other.id)}>
            <Lamp state={lampOfJob(other)} label={true} />
            <span class="cut" title={other.name}>
              {other.name}
            </span>
            {other.started_at !== null && <Duration from={other.started_at} to={other.completed_at} />}
          </a>
        ))}
        {jobs > MOST_JOBS + 1 && <a href={runUrl(run.id)}>All {jobs} jobs</a>}
      </nav>
      {opening === null ? (
        <div class="logbox log-none">
          {removed === null ? (
            <p class="dim">
              There is no output yet.{' '}
              {job.waiting_for !== undefined && ['It waits: ', <Prose key="p" words={job.waiting_for} />]}
            </p>
          ) : (
            <p class="dim">
              <Prose words={removed.slice(0, 1).toUpperCase() + removed.slice(1)} />. Its steps and their times are
              kept.
            </p>
          )}
        </div>
      ) : (
        <LogView
          key={`${job.id}-${opening.execution}`}
          job={job}
          steps={job.steps}
          isLive={job.status !== 'completed' && opening.execution === job.executions}
          opening={opening}
        />
      )}
    </>
  );
}

function Step({ step, line }: { readonly step: Job['steps'][number]; readonly line: number | undefined }) {
  const inner = (
    <>
      <Lamp state={lampOf(step.status, step.conclusion)} label={true} />
      <span class="cut" title={step.name}>
        {step.name}
      </span>
      {step.started_at !== null && <Duration from={step.started_at} to={step.completed_at} />}
    </>
  );
  const isFailed = step.conclusion === 'failure' || step.conclusion === 'timed_out' || step.conclusion === 'error';
  if (line === undefined) return <span class="step">{inner}</span>;
  return (
    <a href={`#L${line}`} aria-current={isFailed ? 'step' : undefined}>
      {inner}
    </a>
  );
}

function Executions({ run, job, shown }: { readonly run: number; readonly job: Job; readonly shown: number }) {
  const numbers = Array.from({ length: job.executions }, (_, at) => at + 1);
  return (
    <span>
      , execution{' '}
      {numbers.map((number, at) => [
        at > 0 && ', ',
        number === shown ? (
          <b key={number} aria-current="true">
            {number}
          </b>
        ) : (
          <a key={number} href={logUrl(run, job.id, { execution: String(number) })}>
            {number}
          </a>
        ),
      ])}
    </span>
  );
}

/** A runner tells of an only step when that is over. */
function noStepWords({ status }: Job): string {
  return status === 'in_progress' ? 'None is told of yet; an only step is told of when it ends' : 'None has begun';
}

function lineOf(opening: Opening | null, step: number): number | undefined {
  return opening?.outline?.steps.find(({ index }) => index === step)?.line;
}

function othersOf(jobs: readonly Job[], job: Job): readonly Job[] {
  const others = jobs.filter((other) => other.id !== job.id && other.kind === 'job');
  const isBad = ({ conclusion }: Job) => conclusion !== null && conclusion !== 'success' && conclusion !== 'skipped';
  return [...others.filter(isBad), ...others.filter((other) => !isBad(other))].slice(0, MOST_JOBS);
}
