import type { ComponentChildren } from 'preact';
import { TRIGGER_WORDS } from '../../../src/model/pool.ts';
import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { count, size } from '../words.ts';
import { Prose } from './prose.tsx';

/** What else is known of a run. */
export function RunFacts({ run }: { readonly run: RunDetailJson }) {
  const { jobs, artifacts, differences } = run;
  const executions = jobs.reduce((sum, job) => sum + job.executions, 0);
  const told = run.sources.length > 0 ? run.sources : [run.trigger];
  return (
    <dl class="info">
      <Fact name="Workflow">{run.workflow}</Fact>
      {run.path !== null && run.path !== run.workflow && <Fact name="File">{run.path}</Fact>}
      <Fact name="Event">{run.event}</Fact>
      {run.actor !== null && run.actor !== '' && <Fact name="By">{run.actor}</Fact>}
      <Fact name="Told by">{told.map((source) => TRIGGER_WORDS[source]).join(', then ')}</Fact>
      <Fact name="Attempt">{run.attempt}</Fact>
      {executions > jobs.length && (
        <Fact name="Executions">
          {executions} of {count(jobs.length, 'job')}
        </Fact>
      )}
      {differences.length > 0 && (
        <Fact name="Notes">
          {differences.map((words) => (
            <p key={words}>
              <Prose words={words} />
            </p>
          ))}
        </Fact>
      )}
      {artifacts.length > 0 && (
        <Fact name="Artifacts">
          {artifacts.map(({ id, name, size_bytes: bytes }) => (
            <p key={id}>
              <a class="link" href={`/api/artifacts/${id}`} download={name}>
                {name}
              </a>{' '}
              {size(bytes)}
            </p>
          ))}
        </Fact>
      )}
      <Fact name="Commit">
        <code>{run.sha}</code>
      </Fact>
      <Fact name="Terminal">
        <code>signalbox show {run.id}</code>
      </Fact>
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
