import type { RepositoryPageJson } from '../../../src/web/repository-page.ts';
import { repositoryUrl } from '../urls.ts';
import { nameOf, shortRef } from '../words.ts';
import { Sign } from './lamp.tsx';

const CONCLUSIONS = [
  ['', 'Any conclusion'],
  ['success', 'Passed'],
  ['failure', 'Failed'],
  ['error', 'Could not be tested'],
  ['timed_out', 'Timed out'],
  ['cancelled', 'Cancelled'],
  ['skipped', 'Skipped'],
] as const;

/** Who wrote what is listed, to choose from; whoever did not is typed. */
export function AuthorField({
  author,
  runs,
}: {
  readonly author: string;
  readonly runs: readonly { author: string }[];
}) {
  const names = [...new Set(runs.map((run) => nameOf(run.author)))].filter((name) => name !== '').sort();
  return (
    <label class="field author">
      <span class="sr">Author</span>
      <input type="search" name="author" defaultValue={author} placeholder="Author" list="authors" />
      <datalist id="authors">
        {names.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
    </label>
  );
}

/** Search and filters: a form that works without a script; with one, a choice counts at once. */
export function CommitFilters({ data: { name, query, tracks, runs } }: { readonly data: RepositoryPageJson }) {
  const path = repositoryUrl(name);
  const { q = '', ref = '', author = '', conclusion = '', status } = query;
  const asked = shortRef(ref);
  const branches = tracks.map((track) => track.name);
  const sent = (event: Event) => (event.currentTarget as HTMLSelectElement).form?.requestSubmit();
  return (
    <form class="filters" role="search" action={path} method="get">
      {status !== undefined && <input type="hidden" name="status" value={status} />}
      <label class="field">
        <Sign name="search" />
        <span class="sr">Search commits</span>
        <input type="search" name="q" defaultValue={q} placeholder="Title, sha, branch, test" data-search data-filter />
        <kbd aria-hidden="true">/</kbd>
      </label>
      <AuthorField author={author} runs={runs} />
      <select class="btn" name="ref" aria-label="Branch" value={asked} onChange={sent}>
        <option value="">All branches</option>
        {[...new Set([...branches, ...(asked === '' ? [] : [asked])])].map((one) => (
          <option key={one} value={one} selected={one === asked}>
            {one}
          </option>
        ))}
      </select>
      <select class="btn" name="conclusion" aria-label="Conclusion" value={conclusion} onChange={sent}>
        {CONCLUSIONS.map(([value, words]) => (
          <option key={value} value={value} selected={value === conclusion}>
            {words}
          </option>
        ))}
      </select>
      <button type="submit" class="btn">
        Search
      </button>
      {(q !== '' || ref !== '' || author !== '' || conclusion !== '' || status !== undefined) && (
        <a class="btn" href={path}>
          Show all
        </a>
      )}
    </form>
  );
}
