import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { logUrl } from '../urls.ts';
import { count } from '../words.ts';
import { Lamp } from './lamp.tsx';

/** Failing tests that are listed, and lines of their messages. */
const MAX_LISTED = 20;
const MAX_LINES = 4;

type Tests = NonNullable<RunDetailJson['tests']>;

/** The tests of a run: counts, and those that failed or recovered. Nothing, if there was no report. */
export function Tests({ run: { id, tests } }: { readonly run: RunDetailJson }) {
  if (tests === null) return null;
  const listed = tests.cases.slice(0, MAX_LISTED);
  const more = tests.failed + tests.flaky - listed.length;
  return (
    <>
      <h2 class="sec">
        Tests<span class="meta">{countsOf(tests)}</span>
      </h2>
      <ul class="fails">
        {listed.map((test) => (
          <TestItem key={`${test.job} ${test.suite} ${test.name}`} run={id} test={test} />
        ))}
      </ul>
      {more > 0 && (
        <p class="more">
          <a class="link" href={`/api/runs/${id}/tests`}>
            {count(more, 'more test')}
          </a>
        </p>
      )}
    </>
  );
}

function countsOf({ passed, failed, skipped, flaky }: Tests): string {
  const parts = [
    ...(failed > 0 ? [`${failed} failed`] : []),
    `${count(passed)} passed`,
    ...(flaky > 0 ? [`${flaky} of them after retry`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return parts.join(', ');
}

function TestItem({ run, test }: { readonly run: number; readonly test: Tests['cases'][number] }) {
  const at = test.file === null ? '' : test.line === null ? test.file : `${test.file}:${test.line}`;
  const message = (test.message ?? '').split('\n').slice(0, MAX_LINES).join('\n').trim();
  const { history } = test;
  return (
    <li data-row>
      <h3>
        <Lamp state={test.recovered ? 'retried' : 'failure'} label={test.recovered ? 'passed after retry' : 'failed'} />
        <span>{test.name}</span>
      </h3>
      {message !== '' && <p class="msg lines">{message}</p>}
      <p class="where">
        {at !== '' && <span class="mono">{at}</span>}
        <span>{test.suite}</span>
        <a href={logUrl(run, test.job)}>{test.job_name}</a>
        {test.flaky && (
          <span class="warn">
            flaky, failed {history.failed_tries} of its last {count(history.tries, 'try', 'tries')}
          </span>
        )}
      </p>
    </li>
  );
}
