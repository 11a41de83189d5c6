import { resolve } from 'node:path';
import { uninstallHooks } from '../hooks/install.ts';
import type { Api } from '../protocol/api.ts';
import { type ApiRepository, repositoriesSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { each } from './each.ts';
import { oneLine } from './harmless.ts';
import { printReport } from './install-hook.ts';

/** `signalbox uninstall-hook`. */
export async function run(invocation: Invocation<{ readonly keep?: boolean }>): Promise<number> {
  const { context, args, options } = invocation;
  const { terminal } = context;
  const work = async (path: string, api: Api) => {
    const report = await uninstallHooks(resolve(context.cwd, path));
    const repository = options.keep ? undefined : await repositoryAt(api, report.commonDir);
    if (repository !== undefined) await api.delete(`/api/repositories/${repository.id}`);
    if (options.json) return terminal.json({ removed: repository?.name ?? null, ...report });
    printReport(report, terminal);
    if (!report.isChanged) terminal.say(`no hook of Signalbox is installed in ${oneLine(report.commonDir)}`);
    if (repository !== undefined)
      terminal.line(`${oneLine(repository.name)} is not watched any more; its runs are kept`);
  };
  const makesHome = true; // so that a hook can be taken away when its home is gone
  return withApi(invocation, (api) => each(args, terminal, (path) => work(path, api)), makesHome);
}

async function repositoryAt(api: Api, gitDir: string): Promise<ApiRepository | undefined> {
  const { repositories } = await api.get('/api/repositories', repositoriesSchema);
  return repositories.find((one) => one.git_dir === gitDir);
}
