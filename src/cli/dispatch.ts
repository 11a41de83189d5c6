import { userInfo } from 'node:os';
import { runSchema } from '../protocol/api-schema.ts';
import { withServer } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { findRepository, repositoryHere } from './find-repository.ts';
import { pairsOf } from './local/local-inputs.ts';
import { UsageError } from './usage-error.ts';
import { runName } from './views.ts';

interface DispatchOptions {
  readonly ref?: string;
  readonly input?: readonly string[];
  readonly repository?: string;
}

/** `signalbox dispatch WORKFLOW`. */
export async function run(invocation: Invocation<DispatchOptions>): Promise<number> {
  const { context, args, options } = invocation;
  const { terminal, cwd } = context;
  const [workflow = ''] = args;
  const inputs = pairsOf('--input', options.input);
  return withServer(invocation, async (api) => {
    const { repository: said, ref } = options;
    const repository =
      said === undefined ? await repositoryHere(api, cwd) : (await findRepository(api, said, cwd)).name;
    if (repository === undefined)
      throw new UsageError('no watched repository is around this folder; say which one with --repository');
    const body = { workflow, inputs, actor: userInfo().username, ...(ref === undefined ? {} : { ref }) };
    const path = `/api/repositories/${encodeURIComponent(repository)}/dispatches`;
    const started = await api.post(path, body, runSchema.omit({ jobs: true }));
    if (options.json) terminal.json(started);
    else terminal.line(`${runName(started)} is started; "signalbox watch ${runName(started)}" waits for its verdict`);
    return EXIT.done;
  });
}
