import type { CodeFrame } from '../../../src/web/failing-places.ts';
import type { RunPageJson } from '../../../src/web/run-page.ts';
import { type GroupedTest, groupTests } from '../failing-tests.ts';
import { legsWords } from '../legs.ts';
import { logUrl } from '../urls.ts';
import { count } from '../words.ts';
import { Lamp } from './lamp.tsx';

/** Failing tests that are listed, and lines of their messages. */
const MAX_LISTED = 20;
const MAX_LINES = 4;

/** The tests that failed or recovered, first what they say, then where. Nothing, if there is none. */
export function FailingTests({ run }: { readonly run: RunPageJson }) {
  const { id, tests } = run;
  if (tests === null || tests.cases.length === 0) return null;
  const grouped = groupTests(run);
  const listed = grouped.slice(0, MAX_LISTED);
  const more = tests.failed + tests.flaky - listed.reduce((sum, { jobs }) => sum + jobs.length, 0);
  return (
    <>
      <h2 class="sec">
        {tests.failed > 0 ? 'Failing tests' : 'Tests that passed after retry'}
        {grouped.every((test) => isFormer(run, test)) && ` of ${formerWords(run)}`}
        <span class="meta">{countsOf(run)}</span>
      </h2>
      <ol class="fails">
        {listed.map((test) => (
          <TestItem key={`${test.first.suite} ${test.first.name} ${test.first.job}`} run={run} test={test} />
        ))}
      </ol>
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

function countsOf({ tests, jobs }: RunPageJson): string {
  if (tests === null) return '';
  const bad = new Set(tests.cases.flatMap((one) => (one.recovered ? [] : [one.job])));
  const leaves = jobs.filter((job) => !jobs.some(({ parent }) => parent === job.id)).length;
  const failed = tests.failed === 0 ? [] : [`${count(tests.failed)} of ${count(tests.total)}`];
  const where = bad.size > 0 && leaves > 1 ? [`in ${bad.size} of ${leaves} jobs`] : [];
  const flaky = tests.flaky > 0 ? [`${count(tests.flaky)} passed after retry`] : [];
  return [...failed, ...where, ...flaky].join(', ');
}

/** Is it what an attempt before said, since its jobs are not over again? */
function isFormer({ attempt, jobs }: RunPageJson, test: GroupedTest): boolean {
  return attempt > 1 && jobs.every(({ id, status }) => status !== 'completed' || !test.jobs.includes(id));
}

/** `attempt 1`; which one it was is not known where there were several. */
function formerWords({ attempt }: RunPageJson): string {
  return attempt === 2 ? 'attempt 1' : 'a former attempt';
}

function TestItem({ run, test }: { readonly run: RunPageJson; readonly test: GroupedTest }) {
  const { first, jobs, log } = test;
  const { history } = first;
  const at = first.file === null ? '' : first.line === null ? first.file : `${first.file}:${first.line}`;
  const message = (first.message ?? '').split('\n').slice(0, MAX_LINES).join('\n').trim();
  const legs = run.jobs.filter(({ id }) => jobs.includes(id));
  const state = first.recovered ? 'retried' : first.flaky ? 'flaky' : 'failure';
  const code = run.code !== null && run.code.file === first.file && run.code.line === first.line ? run.code : null;
  const isLong = log.line === null;
  return (
    <li class={isFormer(run, test) ? 'former' : undefined} data-row>
      <h3>
        <Lamp state={state} label={first.recovered ? 'passed after retry' : first.flaky ? 'flaky, failed' : 'failed'} />
        <span>
          {first.suite !== '' && !first.name.startsWith(first.suite) && <span class="dim">{first.suite} › </span>}
          {first.name}
        </span>
      </h3>
      {message !== '' && <p class="msg lines">{message}</p>}
      <p class="where">
        {at !== '' && <span class="mono">{at}</span>}
        {isFormer(run, test) && <span class="tag">{formerWords(run)}</span>}
        <Newness isNew={first.new} />
        {first.flaky && (
          <span class="tag warn">
            flaky, failed {history.failed_tries} of its last {count(history.tries, 'try', 'tries')}
          </span>
        )}
        <span>{legsWords(legs, run.jobs)}</span>
        <a class="link" href={isLong ? logUrl(run.id, log.job) : logUrl(run.id, log.job, { line: String(log.line) })}>
          {isLong ? 'Log' : `Log, line ${log.line}`}
          <span class="sr"> of {first.name}</span>
        </a>
      </p>
      {code !== null && <Code code={code} />}
    </li>
  );
}

/** Does it fail since this commit, where the branch was tested before? */
function Newness({ isNew }: { readonly isNew: boolean | null }) {
  if (isNew === null) return null;
  return isNew ? <span class="no">new with this commit</span> : <span>failed before, too</span>;
}

function Code({ code }: { readonly code: CodeFrame }) {
  return (
    <section class="frame" tabIndex={0} aria-label={`Code at ${code.file}:${code.line}`}>
      {code.lines.map(({ n, text }) => (
        <span key={n} class={n === code.line ? 'hit' : undefined}>
          <i>{n}</i>
          {text}
        </span>
      ))}
    </section>
  );
}
