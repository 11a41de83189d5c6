import * as z from 'zod';
import { count, listOf, maybeTime, text, time } from './answer-fields.ts';

export const queueAnswer = listOf(
  'jobs',
  z.looseObject({
    ...{ job: count, name: text, repository: text, run: count, run_number: count, sha: text, ref: text, title: text },
    ...{ labels: z.array(text), executions: count, queued_at: maybeTime, waiting_for: text, html_url: z.url() },
  }),
);

export const runnerAnswer = z.looseObject({
  ...{
    name: text,
    labels: z.array(text),
    slots: count,
    state: z.enum(['idle', 'busy', 'draining', 'drained', 'lost']),
  },
  can_resume: z.boolean().describe('it drains, and can be taken back'),
  low_disk: z
    .looseObject({ folder: text, free_bytes: count, floor_bytes: count })
    .nullable()
    .describe('its disk has less free than it keeps free: it is given nothing until there is room'),
  ...{
    protocol: z.enum(['native', 'classic']),
    host: text,
    version: text,
    connected_at: maybeTime,
    last_heard_at: maybeTime,
  },
  executions: z.array(z.looseObject({ job: count, execution: count, since: time })),
});

export const runnersAnswer = listOf('runners', runnerAnswer);
