import { join, resolve } from 'node:path';
import { NotARepositoryError } from '../git/git.ts';
import { type InstallReport, uninstallHooks } from '../hooks/install.ts';
import type { Api } from '../protocol/api.ts';
import { type ApiRepository, repositoriesSchema } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { each } from './each.ts';
import { oneLine } from './harmless.ts';
import { printReport } from './install-hook.ts';
import { removedWords, stopWatching } from './stop-watching.ts';

/** `signalbox uninstall-hook`. */
export async function run(invocation: Invocation<{ readonly keep?: boolean }>): Promise<number> {
  const { context, args, options } = invocation;
  const { terminal } = context;
  const work = async (path: string, api: Api) => {
    const folder = resolve(context.cwd, path);
    const found = await takeAway(folder, api, options.keep === true);
    const { repository, ...report } = found;
    const answer = repository === undefined || options.keep ? undefined : await stopWatching(api, repository);
    if (options.json) return terminal.json({ removed: null, ...answer, ...report });
    printReport(report, terminal);
    if (!report.isChanged) terminal.say(`no hook of Signalbox is installed in ${oneLine(report.commonDir)}`);
    if (answer !== undefined) terminal.line(removedWords(answer));
  };
  const makesHome = true; // so that a hook can be taken away when its home is gone
  return withApi(invocation, (api) => each(args, terminal, (path) => work(path, api)), makesHome);
}

/** What was changed in the repository at a folder, and which one it is; one that was deleted is known by its folder. */
async function takeAway(
  folder: string,
  api: Api,
  isKept: boolean,
): Promise<InstallReport & { readonly repository: ApiRepository | undefined }> {
  const { repositories } = await api.get('/api/repositories', repositoriesSchema);
  try {
    const report = await uninstallHooks(folder);
    return { ...report, repository: repositories.find((one) => one.git_dir === report.commonDir) };
  } catch (error) {
    const repository = repositories.find(({ git_dir: gitDir, sources }) => {
      return sources.includes(folder) || gitDir === folder || gitDir === join(folder, '.git');
    });
    if (!(error instanceof NotARepositoryError) || repository === undefined || isKept) throw error;
    return { commonDir: repository.git_dir ?? folder, isChanged: false, steps: [], repository };
  }
}
