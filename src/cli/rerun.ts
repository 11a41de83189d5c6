import { userInfo } from 'node:os';
import * as z from 'zod';
import { runSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { findRun } from './find-run.ts';
import { jobNames } from './job-names.ts';
import { runName } from './views.ts';

interface RerunOptions {
  readonly failed?: boolean;
  readonly repository?: string;
}

const answerSchema = runSchema.omit({ jobs: true }).extend({ rerun: z.array(z.string()), kept: z.array(z.string()) });

/** `signalbox rerun`. */
export async function run(invocation: Invocation<RerunOptions>): Promise<number> {
  const { context, args, options } = invocation;
  const { terminal } = context;
  return withApi(invocation, async (api) => {
    const { id } = await findRun(api, args[0], { repository: options.repository, cwd: context.cwd });
    const body = { failed_only: options.failed === true, by: userInfo().username };
    const answer = await api.post(`/api/runs/${id}/rerun`, body, answerSchema);
    if (options.json) {
      terminal.json(answer);
      return EXIT.done;
    }
    terminal.line(
      `${runName(answer)}, attempt ${answer.attempt}: ${jobNames(answer.rerun.length === 1 ? 'runs again' : 'run again', answer.rerun)}`,
    );
    if (answer.kept.length > 0) terminal.line(`  ${jobNames('kept', answer.kept)}`);
    return EXIT.done;
  });
}
