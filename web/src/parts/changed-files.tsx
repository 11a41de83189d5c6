import type { PathRisk } from '../../../src/model/risky-paths.ts';
import type { RunPageJson } from '../../../src/web/run-page.ts';
import { count } from '../words.ts';

const RISKS: Readonly<Record<NonNullable<PathRisk>, { word: string; means: string }>> = {
  workflow: {
    word: 'decides what runs',
    means: 'A workflow or an action: it says which jobs there are and what they do',
  },
  install: {
    word: 'runs by itself',
    means: 'Read or run when dependencies are installed, the code is built, or tests begin',
  },
};

/** More than these may have to be scrolled, with keys too. */
const FEW = 6;

/** The files that a held run changes, those first that run without being called. */
export function ChangedFiles({ run, level }: { readonly run: RunPageJson; readonly level: 2 | 3 }) {
  const { changes } = run;
  const Heading = level === 2 ? 'h2' : 'h3';
  if (changes === null)
    return (
      <>
        <Heading class="sec">What it changes</Heading>
        <p class="dim">
          Git cannot tell here which files differ
          {run.pull_url === null ? '' : '; the page of the pull request lists them'}.
        </p>
      </>
    );
  const { files, total, marked } = changes;
  return (
    <>
      <Heading class="sec">
        {count(total, 'file')} changed
        <span class={marked > 0 ? 'meta warn' : 'meta'}>
          {marked === 0 ? 'none that runs by itself' : `${count(marked)} to look at first`}
        </span>
      </Heading>
      <ul class="changed" aria-label="Changed files" tabIndex={files.length > FEW ? 0 : undefined}>
        {files.map(({ path, risk }) => (
          <li key={path}>
            <code>{path}</code>
            {risk !== null && (
              <span class="tag warn" title={RISKS[risk].means}>
                {RISKS[risk].word}
              </span>
            )}
          </li>
        ))}
        {total > files.length && <li class="meta">and {count(total - files.length)} more</li>}
      </ul>
    </>
  );
}
