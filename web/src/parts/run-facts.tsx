import type { ComponentChildren } from 'preact';
import { TRIGGER_WORDS } from '../../../src/model/pool.ts';
import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { logUrl, runUrl } from '../urls.ts';
import { count, lampOf, size, wordOf } from '../words.ts';
import { Prose } from './prose.tsx';
import { Age } from './time.tsx';

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
      <Attempts run={run} />
      {good !== null && (
        <Fact name="Last green">
          <a class="sha" href={runUrl(good.run)}>
            {good.sha.slice(0, 7)}
          </a>
          , <Age at={good.at} /> ago
        </Fact>
      )}
      <Executions run={run} />
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
      </Fact>
      <Fact name="Terminal">
        <code>signalbox show {run.id}</code>
      </Fact>
    </dl>
  );
}

function Attempts({ run: { attempt, attempts } }: { readonly run: RunDetailJson }) {
  return (
    <Fact name="Attempt">
      {attempt}
      {attempts.map((one) => (
        <p key={one.attempt} class="meta">
          attempt {one.attempt} {wordOf(lampOf('completed', one.conclusion))}
          {one.completed_at !== null && [' ', <Age key="age" at={one.completed_at} />, ' ago']}
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
