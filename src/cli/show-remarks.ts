import type { ApiJob, ApiRunDetail } from '../protocol/api-schema.ts';
import { clip } from './draw/width.ts';
import { oneLine } from './harmless.ts';
import type { Terminal } from './terminal.ts';

/** Remarks that are listed; the API has all of them. */
const MAX_LISTED = 10;
const LEVELS = ['error', 'warning', 'notice'] as const;

type Remark = NonNullable<ApiJob['annotations']>[number];

/** What the workflow file is, and what this program does otherwise than GitHub with it. */
export function workflowLines(run: ApiRunDetail, { colours }: Terminal): readonly string[] {
  const actor = run.actor && !run.author.startsWith(run.actor) ? ` by ${oneLine(run.actor)}` : '';
  return [
    ...(run.path && run.path !== run.workflow ? [`  file     ${oneLine(run.path)}`] : []),
    ...(run.event === 'push' ? [] : [`  event    ${oneLine(run.event)}${actor}`]),
    ...(run.differences ?? []).map((words) => `  ${colours.dim(`note     ${oneLine(words)}`)}`),
  ];
}

/** What jobs said of lines of the code, errors first; tests that failed are told elsewhere. */
export function remarkLines(jobs: readonly ApiJob[], terminal: Terminal): readonly string[] {
  const all = jobs.flatMap((job) =>
    (job.annotations ?? []).filter((remark) => !isExit(remark)).map((remark) => ({ remark, job: job.name })),
  );
  const rank = ({ remark }: (typeof all)[number]) => LEVELS.indexOf(remark.level);
  const sorted = all.sort((a, b) => rank(a) - rank(b));
  if (sorted.length === 0) return [];
  const more = sorted.length - MAX_LISTED;
  return [
    ...sorted.slice(0, MAX_LISTED).map(({ remark, job }) => remarkLine(remark, job, terminal)),
    ...(more > 0 ? [`    and ${more} more remarks`] : []),
    '',
  ];
}

/** That a step ended with an exit code is told beside its job. */
function isExit({ file, title, message }: Remark): boolean {
  return file === undefined && !title && /^Process completed with exit code \d+\.$/.test(message);
}

function remarkLine({ level, message, title, file, line }: Remark, job: string, terminal: Terminal): string {
  const { colours, width } = terminal;
  const colour = { error: colours.red, warning: colours.yellow, notice: colours.blue }[level];
  const place = file === undefined ? '' : `${colours.yellow(oneLine(line === undefined ? file : `${file}:${line}`))}  `;
  const words = [title, message].filter((text) => text !== undefined && text !== '').map((text) => oneLine(`${text}`));
  const said = `    ${colour(level)}  ${place}${words.join(': ')}  ${colours.dim(`(${oneLine(job)})`)}`;
  return width === undefined ? said : clip(said, width);
}
