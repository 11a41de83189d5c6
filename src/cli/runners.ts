import { runnersSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { oneLine } from './harmless.ts';
import { table } from './views.ts';

/** `signalbox runners`. */
export async function run(invocation: Invocation): Promise<number> {
  const { terminal } = invocation.context;
  return withApi(invocation, async (api) => {
    const answer = await api.get('/api/runners', runnersSchema);
    if (invocation.options.json) terminal.json(answer);
    else if (answer.runners.length === 0) terminal.say('no runner is connected; start one with "signalbox runner"');
    const rows = answer.runners.map((runner) => [
      oneLine(runner.name),
      runner.state,
      `${runner.executions.length}/${runner.slots}`,
      runner.labels.map(oneLine).join(','),
      oneLine(runner.host),
    ]);
    if (!invocation.options.json) for (const line of table(rows, terminal)) terminal.line(line);
    return EXIT.done;
  });
}
