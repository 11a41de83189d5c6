import type { PageView } from '../page.ts';
import { Prose } from '../parts/prose.tsx';

/** What went wrong. */
export interface ProblemData {
  readonly status: number;
  readonly message: string;
}

/** Something that cannot be shown, with the reason and the way on. */
export const problem: PageView<ProblemData> = {
  name: 'problem',
  section: null,
  isProblem: true,
  title: ({ status }) => {
    if (status === 404) return 'There is no such page';
    return status >= 500 ? 'This page failed' : 'This cannot be shown';
  },
  Component: ProblemPage,
};

function ProblemPage({ data }: { readonly data: ProblemData }) {
  return (
    <div class="hello">
      <h1>{problem.title(data)}</h1>
      <p class="dim">
        <Prose words={sentence(data.message)} />
      </p>
      <p class="more">
        <a class="btn" href="/">
          All repositories
        </a>{' '}
        <a class="btn" href="/runs">
          Search all runs
        </a>
      </p>
    </div>
  );
}

/** For a person: programs are told of methods and of the description of the API. */
function sentence(message: string): string {
  const words = message.replace(/^there is no GET (\S+) here; .*$/, 'nothing is at $1: it was removed, or never there');
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
