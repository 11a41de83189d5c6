import { Sign } from '../parts/lamp.tsx';
import { count } from '../words.ts';
import type { Hits } from './use-search.ts';

/** What is done with a log: search, first failure, timestamps, wrap, download. */
export function LogBar(props: {
  readonly job: number;
  readonly execution: number;
  readonly query: string;
  readonly hits: Hits;
  /** Which of the hits is shown, from 1; 0: none yet. */
  readonly at: number;
  readonly hasFailure: boolean;
  onQuery(query: string): void;
  onJump(by: 1 | -1): void;
  onFailure(): void;
}) {
  const { job, execution, query, hits, at, hasFailure, onQuery, onJump, onFailure } = props;
  return (
    <div class="logbar">
      <form
        class="field"
        role="search"
        method="get"
        onSubmit={(event) => {
          event.preventDefault();
          onJump(1);
        }}
      >
        <Sign name="search" />
        <label class="sr" for="log-search">
          Search the whole log
        </label>
        <input
          id="log-search"
          type="search"
          data-search
          name="q"
          value={query}
          maxLength={200}
          placeholder="Search the whole log"
          onInput={(event) => onQuery(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || !event.shiftKey) return;
            event.preventDefault();
            onJump(-1);
          }}
        />
        <span class="meta" role="status">
          {foundWords(query, hits, at)}
        </span>
      </form>
      <button class="btn" type="button" onClick={onFailure} disabled={!hasFailure}>
        First failure <kbd>e</kbd>
      </button>
      <label class="btn toggle">
        <input type="checkbox" id="times" />
        Timestamps
      </label>
      <label class="btn toggle">
        <input type="checkbox" id="wrap" />
        Wrap
      </label>
      <a class="btn" href={`/api/jobs/${job}/log?execution=${execution}`} download={`job-${job}-${execution}.log`}>
        Download
      </a>
    </div>
  );
}

function foundWords(query: string, hits: Hits, at: number): string {
  if (query === '' || hits.query !== query) return '';
  if (hits.problem !== '') return hits.problem;
  if (hits.lines.length === 0) return 'not found';
  const all = `${count(hits.lines.length)}${hits.isCapped ? '+' : ''}`;
  return at > 0 ? `${count(at)} of ${all}` : all;
}
