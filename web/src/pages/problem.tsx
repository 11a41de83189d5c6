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
        <Prose words={data.message} />
      </p>
      <p class="more">
        <a class="btn" href="/">
          All repositories
        </a>
      </p>
    </div>
  );
}
