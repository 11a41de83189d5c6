import { repositoriesSchema } from './api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { oneLine } from './harmless.ts';
import { table } from './views.ts';

/** `signalbox repos`. */
export async function run(invocation: Invocation): Promise<number> {
  const { terminal } = invocation.context;
  return withApi(invocation, async (api) => {
    const answer = await api.get('/api/repositories', repositoriesSchema);
    if (invocation.options.json) {
      terminal.json(answer);
      return EXIT.done;
    }
    if (answer.repositories.length === 0) terminal.say('no repositories; add one with "signalbox add PATH|URL"');
    const rows = answer.repositories.map(({ name, sources }) => [oneLine(name), sources.map(oneLine).join('  ')]);
    for (const line of table(rows, terminal)) terminal.line(line);
    return EXIT.done;
  });
}
