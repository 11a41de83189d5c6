import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** What a search through the whole log found. */
export interface Hits {
  readonly query: string;
  readonly lines: readonly number[];
  readonly isCapped: boolean;
  /** What went wrong, in words; empty: nothing. */
  readonly problem: string;
}

export const NO_HITS: Hits = { query: '', lines: [], isCapped: false, problem: '' };

/** How long to wait for more of a word, in milliseconds. */
const TYPING_MS = 200;
const TIMEOUT_MS = 20_000;

/** Searches when somebody has typed, or `searchNow` is called before that; what is asked for last wins. */
export function useSearch(job: number, execution: number, query: string): { readonly hits: Hits; searchNow(): void } {
  const [hits, setHits] = useState<Hits>(NO_HITS);
  const start = useRef<(() => void) | null>(null);
  useEffect(() => {
    if (query === '') {
      setHits(NO_HITS);
      return undefined;
    }
    const aborting = new AbortController();
    const search = () => {
      clearTimeout(timer);
      start.current = null;
      ask(job, execution, query, aborting.signal)
        .then((found) => setHits(found))
        .catch(() => {
          if (!aborting.signal.aborted) setHits({ ...NO_HITS, query, problem: 'the search was not answered' });
        });
    };
    const timer = setTimeout(search, TYPING_MS);
    start.current = search;
    return () => {
      clearTimeout(timer);
      start.current = null;
      aborting.abort();
    };
  }, [job, execution, query]);
  return { hits, searchNow: useCallback(() => start.current?.(), []) };
}

/** Jumps among what was found; if `query` is not answered yet, it is asked for at once, and the jump follows its answer. */
export function useJump(
  query: string,
  { hits, searchNow }: ReturnType<typeof useSearch>,
  jump: (by: 1 | -1) => void,
): (by: 1 | -1) => void {
  const awaited = useRef<{ readonly query: string; readonly by: 1 | -1 } | null>(null);
  useEffect(() => {
    if (awaited.current === null) return;
    const { query: wanted, by } = awaited.current;
    if (wanted === query && hits.query !== query) return;
    awaited.current = null;
    if (wanted === query && hits.lines.length > 0) jump(by);
  }, [query, hits, jump]);
  return (by) => {
    if (query === '' || hits.query === query) {
      jump(by);
      return;
    }
    awaited.current = { query, by };
    searchNow();
  };
}

async function ask(job: number, execution: number, query: string, signal: AbortSignal): Promise<Hits> {
  const path = `/api/jobs/${job}/log/search?execution=${execution}&q=${encodeURIComponent(query)}`;
  const answer = await fetch(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  const said = await answer.json();
  if (!answer.ok) return { ...NO_HITS, query, problem: said.error?.message ?? 'the search was not answered' };
  return { query, lines: said.lines, isCapped: said.is_capped, problem: '' };
}
