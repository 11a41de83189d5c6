import type { RepositoryPageJson } from '../../../src/web/repository-page.ts';
import type { PageView } from '../page.ts';
import { BranchLines } from '../parts/branch-lines.tsx';
import { CommitFilters } from '../parts/commit-filters.tsx';
import { CommitList } from '../parts/commit-list.tsx';
import { Crumbs } from '../parts/crumbs.tsx';
import { Lamp } from '../parts/lamp.tsx';
import { Ago } from '../parts/time.tsx';
import { TrendsSide } from '../parts/trends.tsx';
import { UntestedSince } from '../parts/untested-since.tsx';
import { runUrl } from '../urls.ts';
import { count, doubtWords, nameOf, shortRef } from '../words.ts';

/** One repository: its verdict, its branches as lines, its commits, and how it is going. */
export const repository: PageView<RepositoryPageJson> = {
  name: 'repository',
  section: 'repositories',
  title: sentence,
  said: sentence,
  concernedBy: ({ name }) => ['run.', 'ref.'].map((type) => ({ type, repository: name })),
  Component: RepositoryPage,
};

const WORDS = { broken: 'is broken', untested: 'could not be tested', green: 'is green' } as const;
const LAMPS = { broken: 'failure', untested: 'error', green: 'success' } as const;

function sentence({ name, verdict, trends }: RepositoryPageJson): string {
  const short = name.slice(name.lastIndexOf('/') + 1);
  if (trends === null) return `${short} is not watched any more`;
  return verdict === null ? `${short} has no verdict yet` : `${short} ${WORDS[verdict.state]}`;
}

function RepositoryPage({ data }: { readonly data: RepositoryPageJson }) {
  const { name, verdict, failure, trends } = data;
  const where = failure?.file ? `${failure.file}${failure.line === null ? '' : `:${failure.line}`} ` : '';
  return (
    <>
      <Crumbs here={name} />
      <div class="verdict">
        <Lamp state={verdict === null ? 'queued' : LAMPS[verdict.state]} large />
        <h1>{sentence(data)}</h1>
        {verdict?.broken_since && <BrokenSince verdict={verdict} since={verdict.broken_since} />}
        {data.untested_since !== null && <UntestedSince since={data.untested_since} />}
        {failure !== null && (
          <p>
            <a class={verdict?.state === 'untested' ? 'mono odd' : 'mono no'} href={runUrl(failure.run)}>
              {where}
              {failure.message}
            </a>
          </p>
        )}
      </div>
      <BranchLines data={data} />
      <div class="two">
        <div>
          <CommitFilters data={data} />
          <CommitList data={data} />
        </div>
        {trends !== null && (
          <aside class="side" aria-label={`Trends of ${shortRef(data.ref ?? 'the default branch')}`}>
            <TrendsSide trends={trends} />
          </aside>
        )}
      </div>
    </>
  );
}

type Verdict = NonNullable<RepositoryPageJson['verdict']>;
type Breakage = NonNullable<Verdict['broken_since']>;

function BrokenSince({
  verdict: { since: at, workflows },
  since,
}: {
  readonly verdict: Verdict;
  readonly since: Breakage;
}) {
  const good = since.last_good;
  return (
    <p class="facts">
      <span>
        <b class="no">Broken</b> {since.is_certain ? '' : 'probably '}since{' '}
        <a class="sha" href={runUrl(since.run)} title={since.title}>
          {since.sha.slice(0, 7)}
        </a>{' '}
        by {nameOf(since.author)}, <Ago at={at} />
        {doubtWords(since)}
      </span>
      {workflows > 1 && <span>{count(workflows, 'workflow')} are broken</span>}
      {good !== null && (
        <span>
          Last green{' '}
          <a class="sha" href={runUrl(good.run)}>
            {good.sha.slice(0, 7)}
          </a>
          , <Ago at={good.at} />
        </span>
      )}
    </p>
  );
}
