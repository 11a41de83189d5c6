import type { RunPageJson } from '../../../src/web/run-page.ts';
import type { PageView } from '../page.ts';
import { ChangedFiles } from '../parts/changed-files.tsx';
import { Crumbs } from '../parts/crumbs.tsx';
import { FailingSteps } from '../parts/failing-steps.tsx';
import { FailingTests } from '../parts/failing-tests.tsx';
import { JobGraph } from '../parts/job-graph.tsx';
import { Lamp, Sign } from '../parts/lamp.tsx';
import { Prose } from '../parts/prose.tsx';
import { Remarks } from '../parts/remarks.tsx';
import { RunActions } from '../parts/run-actions.tsx';
import { RunFacts } from '../parts/run-facts.tsx';
import { Age, Ago, TimeLeft } from '../parts/time.tsx';
import { UntestedSince } from '../parts/untested-since.tsx';
import { Way } from '../parts/way.tsx';
import { runSentence } from '../run-sentence.ts';
import { runUrl } from '../urls.ts';
import { count, doubtWords, lampOf, nameOf, shortRef, wordOf } from '../words.ts';

/** One run: sentence, way of the push, failing tests, jobs. */
export const run: PageView<RunPageJson> = {
  name: 'run',
  section: 'repositories',
  title: (data) => `${runSentence(data)}: ${data.repository} #${data.number}`,
  said: ({ status, ...data }) =>
    status === 'completed' ? `${data.workflow} ${data.number} ${wordOf(lampOf(status, data.conclusion))}` : '',
  concernedBy: ({ id, status }) => [{ run: id }, ...(status === 'completed' ? [] : [{ type: 'job.' }])],
  Component: RunPage,
};

function RunPage({ data }: { readonly data: RunPageJson }) {
  const state = data.retried && data.conclusion === 'success' ? 'retried' : lampOf(data.status, data.conclusion);
  return (
    <>
      <Crumbs repository={data.repository} here={`#${data.number}`} />
      <div class="verdict">
        <Lamp state={state} large />
        <h1>
          {runSentence(data)}
          {data.status === 'in_progress' &&
            data.started_at !== null && [
              data.usual_ms === null ? ' for ' : ', ',
              <TimeLeft key="left" from={data.started_at} usualMs={data.usual_ms} />,
            ]}
        </h1>
        <Reason run={data} />
        {data.purpose !== null && <p class="facts">Tested {data.purpose}</p>}
        <BrokenSince run={data} />
        {data.untested_since !== null && <UntestedSince since={data.untested_since} />}
        <p class="facts">
          <span>{data.title || '(no message)'}</span>
          <span class="sha" title={data.sha}>
            {data.sha.slice(0, 7)}
          </span>
          <span>{nameOf(data.author)}</span>
          <span class="ref">
            <Sign name="branch" />
            {shortRef(data.ref)}
          </span>
          <Age at={data.completed_at ?? data.created_at ?? ''} />
        </p>
        <RunActions run={data} />
      </div>
      <div class={isTelling(data) ? 'run' : 'run quiet'}>
        {isTelling(data) && (
          <section class="x" aria-label={waitsForPerson(data) ? 'What it changes' : 'What failed'}>
            {waitsForPerson(data) && <ChangedFiles run={data} level={2} />}
            <FailingTests run={data} />
            <FailingSteps run={data} />
            <Remarks run={data} />
          </section>
        )}
        <section class="i" aria-label="Facts">
          <RunFacts run={data} />
        </section>
        <section class="w" aria-label="The way of this push">
          <Way run={data} />
        </section>
        <section class="j" aria-label="Jobs">
          <JobGraph run={data} />
        </section>
      </div>
    </>
  );
}

function Reason({ run: { status, reason, reused_from: reused, jobs } }: { readonly run: RunPageJson }) {
  const words =
    reason ?? (status === 'queued' ? jobs.find((job) => job.waiting_for !== undefined)?.waiting_for : undefined);
  if (words === undefined) return null;
  return (
    <p class="facts lines">
      {reused?.run ? (
        <a class="link" href={runUrl(reused.run)}>
          {words}
        </a>
      ) : (
        <span>
          <Prose words={words} />
        </span>
      )}
    </p>
  );
}

/** Who approves it has to have looked at what it changes. */
function waitsForPerson({ held, status }: RunPageJson): boolean {
  return held !== null && status !== 'completed';
}

/** Is there anything to be read before the way of the push? */
function isTelling(run: RunPageJson): boolean {
  const { tests, failing_steps: steps, jobs } = run;
  if (waitsForPerson(run)) return true;
  return (tests?.cases.length ?? 0) > 0 || steps.length > 0 || jobs.some((job) => job.annotations.length > 0);
}

/** Who broke the branch, as far as it is known, and whether this commit made it worse. */
function BrokenSince({ run }: { readonly run: RunPageJson }) {
  const { broken_since: since, tests } = run;
  if (since === null) return null;
  const failing = tests?.cases.filter(({ recovered }) => !recovered) ?? [];
  const fresh = failing.filter((one) => one.new === true).length;
  const isKnown = since.run !== run.id && failing.length > 0 && failing.every((one) => one.new !== null);
  return (
    <p class="facts">
      <span>
        <b class="no">Broken</b> since{' '}
        <a class="sha" href={runUrl(since.run)} title={since.title}>
          {since.sha.slice(0, 7)}
        </a>
        {since.commits_ago === 0 ? ', this commit' : `, ${count(since.commits_ago, 'commit')} ago`}, by{' '}
        {nameOf(since.author)}, <Ago at={since.at} />
        {doubtWords(since)}
      </span>
      {isKnown && (
        <span>
          {fresh === 0 ? 'This commit adds no new failure' : `This commit adds ${count(fresh, 'new failure')}`}
        </span>
      )}
    </p>
  );
}
