import { resolve } from 'node:path';
import type { Api } from './api.ts';
import { type ApiRepository, repositoriesSchema } from './api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { each } from './each.ts';
import { UnknownNameError } from './usage-error.ts';

/** `signalbox remove`. */
export async function run(invocation: Invocation): Promise<number> {
  const { context, args, options } = invocation;
  return withApi(invocation, (api) =>
    each(args, context.terminal, async (name) => {
      const repository = await findRepository(api, name, context.cwd);
      await api.delete(`/api/repositories/${repository.id}`);
      if (options.json) context.terminal.json({ removed: repository.name });
      else context.terminal.say(`${repository.name} is not watched any more; its runs are kept`);
    }),
  );
}

/** The watched repository that someone means by its full name, its id or its folder. */
export async function findRepository(api: Api, name: string, cwd: string): Promise<ApiRepository> {
  const { repositories } = await api.get('/api/repositories', repositoriesSchema);
  const found =
    repositories.find((one) => one.name === name || String(one.id) === name) ??
    repositories.find((one) => one.sources.includes(name) || one.sources.includes(resolve(cwd, name)));
  if (found !== undefined) return found;
  throw new UnknownNameError(`no repository "${name}" is watched; "signalbox repos" lists those that are`);
}
