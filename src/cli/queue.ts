import type * as z from 'zod';
import { count, duration } from '../../web/src/words.ts';
import { queueSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { type Column, columns } from './draw/columns.ts';
import { paged } from './draw/pager.ts';
import { wrap } from './draw/width.ts';
import { EXIT } from './exit-code.ts';
import { oneLine } from './harmless.ts';
import type { Terminal } from './terminal.ts';
import { shortSha } from './views.ts';

type Queue = z.infer<typeof queueSchema>;
type WaitingJob = Queue['jobs'][number];

/** So many jobs of one run that wait for the same are one line on a terminal, from here on. */
const FOLDED_FROM = 4;

/** `signalbox queue`. */
export async function run(invocation: Invocation): Promise<number> {
  const { context, options } = invocation;
  return withApi(invocation, async (api) => {
    const queue = await api.get('/api/queue', queueSchema);
    if (options.json) {
      context.terminal.json(queue);
      return EXIT.done;
    }
    if (queue.jobs.length === 0) context.terminal.say('nothing waits');
    else
      await paged(context, async (terminal) => {
        for (const line of queueLines(queue, terminal, new Date())) terminal.line(line);
        return EXIT.done;
      });
    const more = queue.total - queue.jobs.length;
    if (more > 0) context.terminal.say(`and ${more} more`);
    return EXIT.done;
  });
}

/** What waits, and why. On a terminal jobs of one run that wait for the same are folded, and reasons are never cut. */
export function queueLines(queue: Queue, terminal: Terminal, now: Date): readonly string[] {
  const { colours } = terminal;
  const groups = terminal.isInteractive ? folded(queue.jobs) : queue.jobs.map((job) => [job] as const);
  const rows = groups.map(([job, ...more]) => [
    ...(terminal.isInteractive ? [colours.gray('◌')] : []),
    oneLine(job.repository),
    oneLine(job.name) + (more.length === 0 ? '' : colours.dim(` and ${more.length} more`)),
    colours.yellow(shortSha(job.sha)),
    oneLine(job.title),
    waited(job, now),
    oneLine(job.waiting_for ?? ''),
  ]);
  if (terminal.width === undefined) return columns(rows, COLUMNS, terminal);
  const room = terminal.width;
  const heads = columns(
    rows.map((row) => row.slice(0, -1)),
    [{}, ...COLUMNS.slice(0, -1)],
    terminal,
  );
  return [
    sentence(queue, now),
    '',
    ...heads.flatMap((head, at) => {
      const reason = rows[at]?.at(-1) ?? '';
      return reason === '' ? [head] : [head, ...wrap(reason, room - 5).map((line) => colours.dim(`     ${line}`))];
    }),
  ];
}

const COLUMNS: readonly Column[] = [
  { min: 12 },
  { min: 20 },
  { leaves: 2 },
  { min: 12, leaves: 1 },
  { align: 'right' },
  {},
];

/** `3 jobs wait, the oldest for 2 m 10 s`. */
function sentence({ jobs, total }: Queue, now: Date): string {
  const since = jobs.flatMap(({ queued_at: at }) => (at === null ? [] : [Date.parse(at)]));
  const oldest = since.length === 0 ? '' : `, the oldest for ${duration(now.getTime() - Math.min(...since))}`;
  return `${count(total, 'job')} ${total === 1 ? 'waits' : 'wait'}${total === 1 ? oldest.replace('the oldest ', '') : oldest}`;
}

function waited({ queued_at: at }: WaitingJob, now: Date): string {
  return at === null ? '' : duration(now.getTime() - Date.parse(at));
}

type Group = readonly [WaitingJob, ...WaitingJob[]];

function folded(jobs: readonly WaitingJob[]): readonly Group[] {
  const groups = new Map<string, [WaitingJob, ...WaitingJob[]]>();
  for (const job of jobs) {
    const key = `${job.run} ${job.waiting_for}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [job]);
    else group.push(job);
  }
  return [...groups.values()].flatMap((group): Group[] =>
    group.length < FOLDED_FROM ? group.map((job) => [job]) : [group],
  );
}
