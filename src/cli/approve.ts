import { userInfo } from 'node:os';
import { runSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { findRun } from './find-run.ts';
import { runName } from './views.ts';

interface ApproveOptions {
  readonly repository?: string;
  readonly unsandboxed?: boolean;
}

const answerSchema = runSchema.omit({ jobs: true });

/** `signalbox approve`. */
export async function run(invocation: Invocation<ApproveOptions>): Promise<number> {
  const { context, args, options } = invocation;
  const { terminal } = context;
  return withApi(invocation, async (api) => {
    const { id, sha } = await findRun(api, args[0], { repository: options.repository, cwd: context.cwd });
    const body = { sha, unsandboxed: options.unsandboxed === true, by: userInfo().username };
    const answer = await api.post(`/api/runs/${id}/approve`, body, answerSchema);
    if (options.json) terminal.json(answer);
    else terminal.line(`${runName(answer)} is approved, at ${sha.slice(0, 10)} and nothing newer; it begins`);
    return EXIT.done;
  });
}
