import type { RunPageJson } from '../../../src/web/run-page.ts';
import { runUrl } from '../urls.ts';
import { nameOf } from '../words.ts';
import { Ago } from './time.tsx';

/** Since which commit nothing could be tested. */
export function UntestedSince({ since }: { readonly since: NonNullable<RunPageJson['untested_since']> }) {
  return (
    <p class="facts">
      <span>
        <b class="odd">Could not be tested</b> since{' '}
        <a class="sha" href={runUrl(since.run)} title={since.title}>
          {since.sha.slice(0, 7)}
        </a>{' '}
        by {nameOf(since.author)}, <Ago at={since.at} />
      </span>
    </p>
  );
}
