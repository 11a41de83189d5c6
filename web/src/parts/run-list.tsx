import type { RunListJson } from '../../../src/web/run-list.ts';
import { withQuery } from '../urls.ts';
import { Sign } from './lamp.tsx';
import { RunRow } from './run-row.tsx';

const TABS: readonly { name: string; filter: Readonly<Record<string, string>> }[] = [
  { name: 'All', filter: {} },
  { name: 'Failed', filter: { conclusion: 'failure' } },
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

/** Searches runs by title, author, sha and workflow. */
export function RunSearch({ path, query }: { readonly path: string; readonly query: RunListJson['query'] }) {
  const { q = '', ...kept } = query;
  return (
    <form role="search" action={path} method="get">
      {Object.entries(kept).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <label class="field find">
        <Sign name="search" />
        <span class="sr">Title, author, sha or workflow</span>
        <input type="search" name="q" defaultValue={q} placeholder="Title, author, sha" data-search data-filter />
        <kbd aria-hidden="true">/</kbd>
      </label>
    </form>
  );
}

/** Runs, newest first. */
export function RunList({ path, data }: { readonly path: string; readonly data: RunListJson }) {
  const { runs, next, query } = data;
  if (runs.length === 0)
    return (
      <p class="none">
        No run fits.{' '}
        <a class="link" href={path}>
          Show all
        </a>
      </p>
    );
  return (
    <>
      <ol class="rows">
        {runs.map((run) => (
          <RunRow key={run.id} run={run} others={runs} />
        ))}
      </ol>
      {next !== null && (
        <p class="more">
          <a class="btn" href={withQuery(path, { ...query, before: String(next) })}>
            Older runs
          </a>
        </p>
      )}
    </>
  );
}
