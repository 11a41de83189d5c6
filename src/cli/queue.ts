import { queueSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { oneLine } from './harmless.ts';
import { shortSha, table } from './views.ts';

/** `signalbox queue`. */
export async function run(invocation: Invocation): Promise<number> {
  const { terminal } = invocation.context;
  return withApi(invocation, async (api) => {
    const queue = await api.get('/api/queue', queueSchema);
    if (invocation.options.json) {
      terminal.json(queue);
      return EXIT.done;
    }
    if (queue.jobs.length === 0) terminal.say('nothing waits');
    const rows = queue.jobs.map((job) => [
      oneLine(job.repository),
      oneLine(job.name),
      terminal.colours.yellow(shortSha(job.sha)),
      oneLine(job.title),
      oneLine(job.waiting_for ?? ''),
    ]);
    for (const line of table(rows, terminal)) terminal.line(line);
    const more = queue.total - queue.jobs.length;
    if (more > 0) terminal.say(`and ${more} more`);
    return EXIT.done;
  });
}
