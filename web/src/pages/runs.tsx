import type { RunListJson } from '../../../src/web/run-list.ts';
import type { PageView } from '../page.ts';
import { RunList, RunSearch, RunTabs } from '../parts/run-list.tsx';

/** The runs of all repositories, newest first, and the search through them. */
export const runs: PageView<RunListJson> = {
  name: 'runs',
  section: 'repositories',
  title: ({ query }) => (query.q === undefined ? 'All runs' : `Runs with “${query.q}”`),
  concernedBy: () => [{ type: 'run.' }],
  Component: RunsPage,
};

function RunsPage({ data }: { readonly data: RunListJson }) {
  return (
    <>
      <div class="head">
        <h1>{runs.title(data)}</h1>
        <RunTabs path="/runs" query={data.query} />
        <RunSearch path="/runs" data={data} />
      </div>
      <RunList path="/runs" data={data} />
    </>
  );
}
