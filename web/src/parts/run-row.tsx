import type { RunListJson } from '../../../src/web/run-list.ts';
import { repositoryUrl, runUrl } from '../urls.ts';
import { duration, lampOf, nameOf, shortRef } from '../words.ts';
import { FoundTests } from './found-tests.tsx';
import { Lamp, Sign } from './lamp.tsx';
import { Prose } from './prose.tsx';
import { Age, Duration } from './time.tsx';
import { between } from './way.tsx';

type Run = RunListJson['runs'][number];

interface RunRowProps {
  readonly run: Run;
  /** The runs beside it, newest first. */
  readonly others: readonly Run[];
  /** By which tests these were found. */
  readonly tests: RunListJson['tests'];
}

/** A run in a list. */
export function RunRow({ run, others, tests }: RunRowProps) {
  const state = run.retried && run.conclusion === 'success' ? 'retried' : lampOf(run.status, run.conclusion);
  return (
    <li class={`row ${state}${isRepaired(run, others) ? ' past' : ''}`} data-row>
      <Lamp state={state} label={true} />
      <div>
        <a class="t cut" href={runUrl(run.id)} title={run.title}>
          {run.title || '(no message)'}
        </a>
        <p class="about">
          <span class="sha">{run.sha.slice(0, 7)}</span>
          <span>{nameOf(run.author)}</span>
          <span class="ref">
            <Sign name="branch" />
            {shortRef(run.ref)}
          </span>
          <span>
            <a href={repositoryUrl(run.repository)}>{run.repository}</a> #{run.number}
          </span>
        </p>
        <FoundTests tests={tests} runs={[run.id]} />
        {run.reason !== null && (
          <p class="why">
            <Prose words={run.reason} />
          </p>
        )}
      </div>
      <div class="num took">
        <Took run={run} />
      </div>
      <div class="num age">
        <Age at={run.completed_at ?? run.created_at ?? ''} />
      </div>
    </li>
  );
}

/** How long it took, and how long from being told to the first process. */
function Took({ run }: { readonly run: Run }) {
  if (run.conclusion === 'skipped') return null;
  if (run.started_at === null)
    return run.status === 'completed' ? null : (
      <>
        waiting <Duration from={run.created_at ?? ''} to={null} />
      </>
    );
  const startedAfter = between(run.received_at, run.started_at);
  return (
    <>
      <Duration from={run.started_at} to={run.completed_at} />
      {startedAfter !== undefined && <span class="meta">started in {duration(startedAfter)}</span>}
    </>
  );
}

/** A failure after which the same branch passed is past, and paler. */
function isRepaired(run: Run, others: readonly Run[]): boolean {
  if (run.conclusion === null || run.conclusion === 'success') return false;
  return others.some(
    (other) =>
      other.id > run.id &&
      other.repository === run.repository &&
      other.ref === run.ref &&
      other.workflow === run.workflow &&
      other.conclusion === 'success',
  );
}
