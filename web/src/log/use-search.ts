import { useEffect, useState } from 'preact/hooks';

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

/** Searches when somebody has typed; what is asked for last wins. */
export function useSearch(job: number, execution: number, query: string): Hits {
  const [hits, setHits] = useState<Hits>(NO_HITS);
  useEffect(() => {
    if (query === '') {
      setHits(NO_HITS);
      return undefined;
    }
    const aborting = new AbortController();
    const timer = setTimeout(() => {
      ask(job, execution, query, aborting.signal)
        .then((found) => setHits(found))
        .catch(() => {
          if (!aborting.signal.aborted) setHits({ ...NO_HITS, query, problem: 'the search was not answered' });
        });
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      aborting.abort();
    };
  }, [job, execution, query]);
  return hits;
}

async function ask(job: number, execution: number, query: string, signal: AbortSignal): Promise<Hits> {
  const path = `/api/jobs/${job}/log/search?execution=${execution}&q=${encodeURIComponent(query)}`;
  const answer = await fetch(path, { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) });
  const said = await answer.json();
  if (!answer.ok) return { ...NO_HITS, query, problem: said.error?.message ?? 'the search was not answered' };
  return { query, lines: said.lines, isCapped: said.is_capped, problem: '' };
}
