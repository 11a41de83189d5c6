import type { JobRecord } from '../store/job-record.ts';
import type { RunRecord } from '../store/run-record.ts';

/** The log of one job, or its end. */
export interface LogTail {
  readonly text: Buffer;
  /** Bytes before it that are not shown. */
  readonly leftOut: number;
}

/** One run with what is needed to write of it. */
export interface RunSection {
  readonly run: RunRecord;
  readonly jobs: readonly { readonly job: JobRecord; readonly log: LogTail | undefined }[];
}

const RULE = '='.repeat(78);
const THIN_RULE = '-'.repeat(78);

/** The text of `test_results/<commit id>`: a section per repository and workflow. */
export function testResultsText(sha: string, sections: readonly RunSection[]): Buffer {
  const parts = sections.flatMap((section) => [
    text(`\n${RULE}\n${heading(section.run)}`),
    ...section.jobs.flatMap(ofJob),
  ]);
  return Buffer.concat([text(`commit ${sha}\n`), ...parts]);
}

function heading(run: RunRecord): string {
  const lines = [
    `${run.repository} · ${run.workflow} · run ${run.number}${run.attempt > 1 ? `, attempt ${run.attempt}` : ''}`,
    `verdict:   ${run.conclusion ?? run.status}${retriedWords(run)}${run.reason === null ? '' : ` (${run.reason})`}`,
    ...(run.purpose === null ? [] : [`tested:    ${run.purpose}`]),
    `ref:       ${run.ref}`,
    `title:     ${run.title}`,
    `author:    ${run.author}`,
    `received:  ${run.receivedAt.toISOString()}`,
    ...(run.startedAt === null ? [] : [`started:   ${run.startedAt.toISOString()}`]),
    ...(run.completedAt === null ? [] : [`completed: ${run.completedAt.toISOString()}${duration(run)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

function ofJob({ job, log }: RunSection['jobs'][number]): Buffer[] {
  const verdict = `${job.conclusion ?? job.state}${retriedWords(job)}`;
  const reason = job.reason === null ? '' : ` (${job.reason})`;
  const tries = job.executions.length > 1 ? `, ${job.executions.length} executions` : '';
  const head = text(`${THIN_RULE}\njob ${job.name}: ${verdict}${reason}${tries}\n${THIN_RULE}\n`);
  if (log === undefined) return [head];
  const cut = log.leftOut > 0 ? [text(`[the first ${log.leftOut} bytes of the log are not shown here]\n`)] : [];
  const end = log.text.length > 0 && log.text.at(-1) !== 0x0a ? [text('\n')] : [];
  return [head, ...cut, log.text, ...end];
}

/** A success after a failure is not a plain one. */
function retriedWords({ conclusion, isRetried }: Pick<RunRecord, 'conclusion' | 'isRetried'>): string {
  return conclusion === 'success' && isRetried ? ' after retry' : '';
}

function duration({ startedAt, completedAt }: RunRecord): string {
  if (startedAt === null || completedAt === null) return '';
  return ` (${((completedAt.getTime() - startedAt.getTime()) / 1000).toFixed(3)} s)`;
}

function text(words: string): Buffer {
  return Buffer.from(words);
}
