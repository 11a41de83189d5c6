import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import type { PageView } from '../page.ts';
import { Crumbs } from '../parts/crumbs.tsx';
import { JobList } from '../parts/job-list.tsx';
import { Lamp, Sign } from '../parts/lamp.tsx';
import { Prose } from '../parts/prose.tsx';
import { Remarks } from '../parts/remarks.tsx';
import { RunFacts } from '../parts/run-facts.tsx';
import { Tests } from '../parts/tests.tsx';
import { Age, Duration } from '../parts/time.tsx';
import { Way } from '../parts/way.tsx';
import { runSentence } from '../run-sentence.ts';
import { runUrl } from '../urls.ts';
import { breakageWords, lampOf, nameOf, shortRef, wordOf } from '../words.ts';

/** One run: sentence, way of the push, failing tests, jobs. */
export const run: PageView<RunDetailJson> = {
  name: 'run',
  section: 'repositories',
  title: (data) => `${runSentence(data)}: ${data.repository} #${data.number}`,
  said: ({ status, ...data }) =>
    status === 'completed' ? `${data.workflow} ${data.number} ${wordOf(lampOf(status, data.conclusion))}` : '',
  concerns: (event, { id, status }) => event.run === id || (status !== 'completed' && event.type.startsWith('job.')),
  Component: RunPage,
};

function RunPage({ data }: { readonly data: RunDetailJson }) {
  const state = data.retried && data.conclusion === 'success' ? 'retried' : lampOf(data.status, data.conclusion);
  return (
    <>
      <Crumbs repository={data.repository} here={`#${data.number}`} />
      <div class="verdict">
        <Lamp state={state} large />
        <h1>
          {runSentence(data)}
          {data.status === 'in_progress' &&
            data.started_at !== null && [' for ', <Duration key="for" from={data.started_at} to={null} />]}
        </h1>
        <Reason run={data} />
        {data.purpose !== null && <p class="facts">Tested {data.purpose}</p>}
        <BrokenSince run={data} />
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
      </div>
      <div class="run">
        <section class="w" aria-label="The way of this push">
          <Way run={data} />
        </section>
        <section class="x">
          <Tests run={data} />
          <Remarks run={data} />
          <JobList run={data} />
        </section>
        <section class="i" aria-label="Facts">
          <RunFacts run={data} />
        </section>
      </div>
    </>
  );
}

function Reason({ run: { status, reason, reused_from: reused, jobs } }: { readonly run: RunDetailJson }) {
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

/** Who broke the branch, as far as it is known. */
function BrokenSince({ run: { broken_since: since } }: { readonly run: RunDetailJson }) {
  if (since === null) return null;
  return (
    <p class="facts">
      <span>
        Broken since{' '}
        <a class="sha" href={runUrl(since.run)} title={since.title}>
          {since.sha.slice(0, 7)}
        </a>{' '}
        by {nameOf(since.author)}
        {breakageWords(since, 'this commit')}
      </span>
    </p>
  );
}
