import { userInfo } from 'node:os';
import * as z from 'zod';
import { runSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { findRun } from './find-run.ts';
import { jobNames } from './job-names.ts';
import { runName } from './views.ts';

const names = z.array(z.string());
const answerSchema = runSchema.omit({ jobs: true }).extend({
  forced: z.boolean(),
  ended: names,
  stopping: names,
  kept: names,
});

/** `signalbox cancel`. */
export async function run(invocation: Invocation<{ readonly repository?: string }>): Promise<number> {
  const { context, args, options } = invocation;
  const { terminal } = context;
  return withApi(invocation, async (api) => {
    const { id } = await findRun(api, args[0], { repository: options.repository, cwd: context.cwd });
    const answer = await api.post(`/api/runs/${id}/cancel`, { by: userInfo().username }, answerSchema);
    if (options.json) {
      terminal.json(answer);
      return EXIT.done;
    }
    terminal.line(`${runName(answer)} is ${answer.status === 'completed' ? 'cancelled' : 'being cancelled'}`);
    if (answer.stopping.length > 0) terminal.line(`  ${jobNames('being stopped', answer.stopping)}`);
    if (answer.ended.length > 0) terminal.line(`  ${jobNames('cancelled', answer.ended)}`);
    if (answer.kept.length > 0) {
      terminal.line(
        `  ${jobNames('not ended: a condition may hold for a cancelled run', answer.kept)}; cancel again to end all`,
      );
    }
    return EXIT.done;
  });
}
