import * as z from 'zod';
import type { ApiRunDetail } from '../../protocol/api-schema.ts';
import { clip } from './clip.ts';

/** Most annotations of one check; the rest is on the run's page. GitHub takes 50 a request. */
const ANNOTATIONS = 250;
/** GitHub takes 65 535 bytes of summary. */
const SUMMARY_BYTES = 60_000;
/** Most failing tests that a summary names. */
const TESTS = 50;

const annotationSchema = z.object({
  path: z.string(),
  start_line: z.int(),
  end_line: z.int(),
  annotation_level: z.enum(['failure', 'warning', 'notice']),
  message: z.string(),
  title: z.string().optional(),
});

/** What a check of GitHub says beyond a commit status. */
export const checkSchema = z.object({
  external_id: z.string(),
  status: z.enum(['queued', 'in_progress', 'completed']),
  conclusion: z.enum(['success', 'failure', 'cancelled', 'timed_out', 'skipped']).optional(),
  started_at: z.string().optional(),
  completed_at: z.string().optional(),
  summary: z.string(),
  annotations: z.array(annotationSchema),
});

export type CheckDraft = z.infer<typeof checkSchema>;
type CheckAnnotation = z.infer<typeof annotationSchema>;

/** What stands in a check, by which it is found again, and by which its buttons name the run. */
export function externalId({ id, attempt }: Pick<ApiRunDetail, 'id' | 'attempt'>): string {
  return `signalbox:${id}:${attempt}`;
}

/** The check of a run: its jobs, its failing tests, why it waits, and what was remarked on lines of the code. */
export function draftCheck(run: ApiRunDetail): CheckDraft {
  const { status, started_at, completed_at } = run;
  const isOver = status === 'completed';
  return {
    ...{ external_id: externalId(run), status, summary: summaryOf(run), annotations: isOver ? annotationsOf(run) : [] },
    ...(started_at === null ? {} : { started_at }),
    ...(isOver ? { conclusion: conclusionOf(run), completed_at: completed_at ?? run.created_at } : {}),
  };
}

/** GitHub has no word for "could not be tested"; the title says it. */
function conclusionOf({ conclusion }: ApiRunDetail): NonNullable<CheckDraft['conclusion']> {
  return conclusion === null || conclusion === 'error' ? 'failure' : conclusion;
}

function summaryOf(run: ApiRunDetail): string {
  const tests = run.tests;
  const failing = (tests?.cases ?? []).filter(({ recovered }) => !recovered).slice(0, TESTS);
  const parts = [
    ...(run.reason ? [text(run.reason)] : []),
    ...(tests ? [`${tests.passed} tests passed, ${tests.failed} failed, ${tests.skipped} skipped.`] : []),
    ...(failing.length === 0 ? [] : ['### Failing tests', failing.map(testLine).join('\n')]),
    ...(run.jobs.length === 0 ? [] : ['### Jobs', run.jobs.map(jobLine).join('\n')]),
    `[The run, with its logs](${run.html_url})`,
  ];
  const whole = Buffer.from(parts.join('\n\n'));
  if (whole.length <= SUMMARY_BYTES) return whole.toString();
  // a cut character becomes a mark of three bytes, for which there is room
  return `${whole.subarray(0, SUMMARY_BYTES).toString()}…`;
}

function testLine({ suite, name, message, file, line }: NonNullable<ApiRunDetail['tests']>['cases'][number]): string {
  const place = file === null ? '' : ` (${text(file)}${line === null ? '' : `:${line}`})`;
  const why = message === null ? '' : `: ${text(clip(message, 300))}`;
  return `- **${text(suite === '' ? name : `${suite}: ${name}`)}**${place}${why}`;
}

function jobLine({ name, status, conclusion, reason, waiting_for }: ApiRunDetail['jobs'][number]): string {
  const why = waiting_for ?? reason;
  return `- ${text(name)}: ${conclusion ?? status.replace('_', ' ')}${why ? `, ${text(why)}` : ''}`;
}

/** Text of a job cannot make links, pictures, elements or mentions on GitHub's page. */
function text(words: string): string {
  return clip(words, 500)
    .replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;' })[sign] ?? '&gt;')
    .replace(/[\\`*_{}[\]()#!|~]/g, '\\$&')
    .replace(/@/g, '@\u200b');
}

function annotationsOf({ annotations = [] }: ApiRunDetail): CheckAnnotation[] {
  const placed = annotations.flatMap(({ level, title, message, file, line, end_line }) => {
    if (!file || file.startsWith('/') || file.split('/').includes('..')) return [];
    const start_line = Math.max(1, line ?? 1);
    return {
      ...{ path: file, start_line, end_line: Math.max(start_line, end_line ?? start_line) },
      ...{
        annotation_level: level === 'error' ? ('failure' as const) : level,
        message: message.slice(0, 2_000) || '-',
      },
      ...(title ? { title: clip(title, 200) } : {}),
    };
  });
  return placed.slice(0, ANNOTATIONS);
}
