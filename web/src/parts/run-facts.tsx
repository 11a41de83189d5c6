import type { ComponentChildren } from 'preact';
import { TRIGGER_WORDS } from '../../../src/model/pool.ts';
import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { logUrl, runUrl } from '../urls.ts';
import { count, lampOf, size, wordOf } from '../words.ts';
import { Prose } from './prose.tsx';
import { Ago } from './time.tsx';

/** What else is known of a run. */
export function RunFacts({ run }: { readonly run: RunDetailJson }) {
  const told = run.sources.length > 0 ? run.sources : [run.trigger];
  const good = run.broken_since?.last_good ?? null;
  return (
    <dl class="info">
      <Fact name="Workflow">{run.path ?? run.workflow}</Fact>
      {run.path !== null && run.path !== run.workflow && <Fact name="Name">{run.workflow}</Fact>}
      <Fact name="Event">
        {run.event}, by {told.map((source) => TRIGGER_WORDS[source]).join(', then ')}
      </Fact>
      {run.actor !== null && run.actor !== '' && <Fact name="By">{run.actor}</Fact>}
      {run.approved_by !== null && run.approved_at !== null && (
        <Fact name="Approved">
          by {run.approved_by}, <Ago at={run.approved_at} />
        </Fact>
      )}
      <Attempts run={run} />
      {good !== null && (
        <Fact name="Last green">
          <a class="sha" href={runUrl(good.run)}>
            {good.sha.slice(0, 7)}
          </a>
          , <Ago at={good.at} />
        </Fact>
      )}
      <Executions run={run} />
      <Logs run={run} />
      <Artifacts run={run} />
      <Remarked run={run} />
      {run.differences.length > 0 && (
        <Fact name="Not as GitHub" isApart>
          {run.differences.map((words) => (
            <p key={words}>
              <Prose words={words} />
            </p>
          ))}
        </Fact>
      )}
      <Fact name="Commit" isApart>
        <code>{run.sha}</code>
        {run.head_sha !== null && (
          <p class="meta">
            of the pull request at <code>{run.head_sha}</code>
          </p>
        )}
      </Fact>
      <Fact name="Terminal">
        <code>signalbox show {run.id}</code>
      </Fact>
    </dl>
  );
}

function Attempts({ run: { attempt, attempts, asked_by: by } }: { readonly run: RunDetailJson }) {
  return (
    <Fact name="Attempt">
      {attempt}
      {by !== null && `, asked for by ${by}`}
      {attempts.map((one) => (
        <p key={one.attempt} class="meta">
          attempt {one.attempt}
          {one.asked_by !== null && `, asked for by ${one.asked_by},`} {wordOf(lampOf('completed', one.conclusion))}
          {one.completed_at !== null && [' ', <Ago key="ago" at={one.completed_at} />]}
        </p>
      ))}
    </Fact>
  );
}

/** The executions of jobs that had more than one, or lost one: on which runner, and what came of each. */
function Executions({ run: { id, jobs } }: { readonly run: RunDetailJson }) {
  const again = jobs.filter(
    ({ execution_details: all }) => all.length > 1 || all.some(({ outcome }) => isLost(outcome)),
  );
  if (again.length === 0) return null;
  return (
    <Fact name="Executions" isApart>
      {again.slice(0, MAX_JOBS).map((job) => (
        <p key={job.id}>
          <a class="link" href={logUrl(id, job.id)}>
            {job.name}
          </a>
          {job.execution_details.map((one) => (
            <span key={one.number} class="meta lines">
              {'\n'}
              {one.number} on {one.runner}: {endWords(one)}
            </span>
          ))}
        </p>
      ))}
      {again.length > MAX_JOBS && <p class="meta">and {count(again.length - MAX_JOBS, 'more job')}</p>}
    </Fact>
  );
}

/** Jobs whose executions are told. */
const MAX_JOBS = 5;

type Execution = RunDetailJson['jobs'][number]['execution_details'][number];

function isLost(outcome: Execution['outcome']): boolean {
  return outcome === 'lost' || outcome === 'stale';
}

function endWords({ outcome, conclusion, reason }: Execution): string {
  const why = reason === null ? '' : `, ${reason}`;
  if (outcome === null) return 'under way';
  if (outcome === 'lost') return `the runner was lost${why}`;
  if (outcome === 'stale') return `finished too late, after its runner was lost${why}`;
  return `${wordOf(lampOf('completed', conclusion))}${why}`;
}

/** Said where retention took logs; nothing else is to be told of them. */
function Logs({ run: { jobs } }: { readonly run: RunDetailJson }) {
  const removed = jobs.flatMap((job) => job.execution_details.at(-1)?.log_removed_at ?? []);
  const [at] = removed.sort();
  if (at === undefined) return null;
  return (
    <Fact name="Logs" isApart>
      {removed.length === jobs.filter((job) => job.executions > 0).length ? '' : `${count(removed.length)} of them `}
      removed on {at.slice(0, 10)} by retention
    </Fact>
  );
}

function Artifacts({ run: { artifacts } }: { readonly run: RunDetailJson }) {
  if (artifacts.length === 0) return null;
  return (
    <Fact name="Artifacts" isApart>
      {artifacts.map(({ id, name, size_bytes: bytes }) => (
        <p key={id}>
          <a class="link" href={`/api/artifacts/${id}`} download={name}>
            {name}
          </a>{' '}
          <span class="meta">{size(bytes)}</span>
        </p>
      ))}
    </Fact>
  );
}

function Remarked({ run: { jobs } }: { readonly run: RunDetailJson }) {
  const all = jobs.reduce((sum, job) => sum + job.annotations.length, 0);
  if (all === 0) return null;
  return (
    <Fact name="Remarks" isApart>
      <a class="link" href="#remarks">
        {count(all, 'remark')} of jobs
      </a>
    </Fact>
  );
}

function Fact(props: { readonly name: string; readonly isApart?: boolean; readonly children: ComponentChildren }) {
  const { name, isApart = false, children } = props;
  return (
    <>
      <dt class={isApart ? 'gap' : undefined}>{name}</dt>
      <dd class={isApart ? 'gap' : undefined}>{children}</dd>
    </>
  );
}
