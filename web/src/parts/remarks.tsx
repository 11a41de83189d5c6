import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { count } from '../words.ts';
import { Lamp } from './lamp.tsx';

/** Remarks that are listed. */
const MAX_LISTED = 10;
const LEVELS = ['error', 'warning', 'notice'] as const;
const LAMPS = { error: 'failure', warning: 'flaky', notice: 'skipped' } as const;

/** What jobs said of lines of the code, errors first. Nothing, if they said nothing. */
export function Remarks({ run: { id, jobs } }: { readonly run: RunDetailJson }) {
  const all = jobs.flatMap((job) => job.annotations.map((remark) => ({ remark, job: job.name })));
  if (all.length === 0) return null;
  const rank = ({ remark }: (typeof all)[number]) => LEVELS.indexOf(remark.level);
  const listed = all.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_LISTED);
  return (
    <>
      <h2 class="sec" id="remarks">
        Remarks<span class="meta">{count(all.length, 'remark')}</span>
      </h2>
      <ul class="fails">
        {listed.map(({ remark, job }, at) => (
          <li key={at} data-row>
            <h3>
              <Lamp state={LAMPS[remark.level]} label={remark.level} />
              <span>{remark.title ?? remark.level}</span>
            </h3>
            <p class={remark.level === 'error' ? 'msg lines' : 'msg lines calm'}>{remark.message}</p>
            <p class="where">
              {remark.file !== undefined && (
                <span class="mono">
                  {remark.file}
                  {remark.line !== undefined && `:${remark.line}`}
                </span>
              )}
              <span>{job}</span>
            </p>
          </li>
        ))}
      </ul>
      {all.length > listed.length && (
        <p class="more">
          <a class="link" href={`/api/runs/${id}`}>
            {count(all.length - listed.length, 'more remark')}
          </a>
        </p>
      )}
    </>
  );
}
