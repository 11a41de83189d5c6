import type { Annotation } from '../model/findings.ts';
import type { JobRecord } from '../store/store.ts';
import { type Html, html, prose } from './html.ts';
import { lamp } from './layout.ts';
import { count } from './words.ts';

/** Remarks that are listed. */
const MAX_LISTED = 10;
const LEVELS = ['error', 'warning', 'notice'] as const;
const LAMPS = { error: 'failure', warning: 'timed_out', notice: 'skipped' } as const;

/** What jobs said of lines of the code, errors first. Nothing, if they said nothing. */
export function remarksSection(jobs: readonly JobRecord[], run: number): Html | null {
  const all = jobs.flatMap((job) => job.annotations.map((remark) => ({ remark, job: job.name })));
  if (all.length === 0) return null;
  const rank = ({ remark }: (typeof all)[number]) => LEVELS.indexOf(remark.level);
  const listed = all.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_LISTED);
  const more = all.length - listed.length;
  return html`<h2 class="sec">Remarks<span class="meta">${count(all.length, 'remark')}</span></h2>
<ul class="jobs tests">${listed.map(({ remark, job }) => item(remark, job))}</ul>
${more > 0 && html`<p class="more"><a class="link" href="/api/runs/${run}">${count(more, 'more remark')}</a></p>`}`;
}

function item({ level, message, title, file, line }: Annotation, job: string): Html {
  const at = file === undefined ? '' : line === undefined ? file : `${file}:${line}`;
  return html`<li><div class="job">${lamp(LAMPS[level])}<b>${title ?? level}</b><span class="meta">${job}</span><span class="num mono">${at}</span></div>
<p class="why mono">${prose(message)}</p></li>`;
}
