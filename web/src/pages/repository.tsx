import type { RunListJson } from '../../../src/web/run-list.ts';
import type { verdictJson } from '../../../src/web/verdicts.ts';
import type { PageView } from '../page.ts';
import { Crumbs } from '../parts/crumbs.tsx';
import { Lamp } from '../parts/lamp.tsx';
import { RunList, RunSearch, RunTabs } from '../parts/run-list.tsx';
import { Age } from '../parts/time.tsx';
import { repositoryUrl, runUrl } from '../urls.ts';
import { nameOf } from '../words.ts';

/** Data of the page of a repository. */
export interface RepositoryData extends RunListJson {
  readonly name: string;
  readonly verdict: ReturnType<typeof verdictJson>;
}

/** One repository: its verdict, and its runs. */
export const repository: PageView<RepositoryData> = {
  name: 'repository',
  section: 'repositories',
  title: sentence,
  said: sentence,
  concerns: (event, { name }) => event.repository === name && event.type.startsWith('run.'),
  Component: RepositoryPage,
};

const WORDS = { broken: 'is broken', untested: 'could not be tested', green: 'is green' } as const;
const LAMPS = { broken: 'failure', untested: 'error', green: 'success' } as const;

function sentence({ name, verdict }: RepositoryData): string {
  const short = name.slice(name.lastIndexOf('/') + 1);
  return verdict === null ? `${short} has no verdict yet` : `${short} ${WORDS[verdict.state]}`;
}

function RepositoryPage({ data }: { readonly data: RepositoryData }) {
  const { name, verdict, query } = data;
  const path = repositoryUrl(name);
  return (
    <>
      <Crumbs here={name} />
      <div class="head">
        <h1>
          {verdict !== null && <Lamp state={LAMPS[verdict.state]} large />}
          {sentence(data)}
        </h1>
        <RunTabs path={path} query={query} />
        <RunSearch path={path} query={query} />
      </div>
      {verdict?.broken_since && <BrokenSince since={verdict.broken_since} at={verdict.since} />}
      <RunList path={path} data={data} />
    </>
  );
}

type Breakage = NonNullable<NonNullable<RepositoryData['verdict']>['broken_since']>;

function BrokenSince({ since, at }: { readonly since: Breakage; readonly at: string }) {
  return (
    <p class="facts">
      <span>
        <b class="no">Broken</b> {since.is_certain ? '' : 'probably '}since{' '}
        <a class="sha" href={runUrl(since.run)} title={since.title}>
          {since.sha.slice(0, 7)}
        </a>{' '}
        by {nameOf(since.author)}
      </span>
      <Age at={at} />
    </p>
  );
}
