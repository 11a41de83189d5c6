import type { RunListJson } from '../../../src/web/run-list.ts';
import { withQuery } from '../urls.ts';
import { AuthorField } from './commit-filters.tsx';
import { NothingFound } from './found-tests.tsx';
import { Further } from './further.tsx';
import { Sign } from './lamp.tsx';
import { RunRow } from './run-row.tsx';

const TABS: readonly { name: string; filter: Readonly<Record<string, string>> }[] = [
  { name: 'All', filter: {} },
  { name: 'Failed', filter: { conclusion: 'failure' } },
  { name: 'Could not be tested', filter: { conclusion: 'error' } },
  { name: 'Timed out', filter: { conclusion: 'timed_out' } },
  { name: 'Cancelled', filter: { conclusion: 'cancelled' } },
  { name: 'Running', filter: { status: 'in_progress' } },
  { name: 'Waiting', filter: { status: 'queued' } },
];

/** Which runs are shown. `path`: of the page. */
export function RunTabs({ path, query }: { readonly path: string; readonly query: RunListJson['query'] }) {
  const { status, conclusion, ...kept } = query;
  return (
    <nav class="tabs" aria-label="Show">
      {TABS.map(({ name, filter }) => {
        const isHere = filter.status === status && filter.conclusion === conclusion;
        return (
          <a key={name} href={withQuery(path, { ...kept, ...filter })} aria-current={isHere ? 'true' : undefined}>
            {name}
          </a>
        );
      })}
    </nav>
  );
}

/** Searches runs by all that is known of them, and by author. */
export function RunSearch({ path, data }: { readonly path: string; readonly data: RunListJson }) {
  const { q = '', author = '', ...kept } = data.query;
  return (
    <form class="filters" role="search" action={path} method="get">
      {Object.entries(kept).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <label class="field find">
        <Sign name="search" />
        <span class="sr">Title, author, sha, branch, workflow or test</span>
        <input type="search" name="q" defaultValue={q} placeholder="Title, sha, branch, test" data-search data-filter />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <AuthorField author={author} runs={data.runs} />
      <button type="submit" class="btn">
        Search
      </button>
    </form>
  );
}

/** Runs, newest first. */
export function RunList({ path, data }: { readonly path: string; readonly data: RunListJson }) {
  const { runs, next, query, tests, is_older: isOlder } = data;
  const older = next === null ? null : withQuery(path, { ...query, before: String(next) });
  if (runs.length === 0 && Object.keys(query).length === 0)
    return (
      <p class="none">
        Each commit that is tested, and each that is not, is listed here.{' '}
        <a class="link" href="/settings">
          Add a repository
        </a>
        , then commit there
      </p>
    );
  if (runs.length === 0) return <NothingFound what="run" all={path} further={older} />;
  return (
    <>
      <ol class="rows">
        {runs.map((run) => (
          <RunRow key={run.id} run={run} others={runs} tests={tests} />
        ))}
      </ol>
      <Further newest={isOlder ? withQuery(path, query) : null} older={older} what="runs" />
    </>
  );
}
