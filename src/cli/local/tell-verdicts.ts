import * as z from 'zod';
import type { LoadedConfig } from '../../config/load.ts';
import { Api } from '../../protocol/api.ts';
import { messageOf } from '../../support/ci-error.ts';
import type { Logger } from '../../support/logger.ts';
import { repositoryHere } from '../find-repository.ts';
import { readAddress, readToken } from '../home.ts';
import type { LocalResult } from './local-run.ts';

/** How long a server may take, in milliseconds: whoever typed the command has what they want already. */
const TELL_MS = 1_000;

/**
 * Tells the server that runs on the home, if one does and watches the repository, which trees passed here, where `reuse` is
 * on: when they are committed, they are green. Nothing is said to anybody if that cannot be done.
 * @param folder the work tree.
 */
export async function tellVerdicts(
  { home }: Pick<LoadedConfig, 'home'>,
  folder: string,
  results: readonly LocalResult[],
  logger: Logger,
): Promise<void> {
  const verdicts = results.flatMap((result) => verdictOf(result) ?? []);
  if (verdicts.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, TELL_MS);
  });
  const telling = tell(home, folder, verdicts).catch((error: unknown) =>
    logger.debug(`the server was not told of the verdict: ${messageOf(error)}`),
  );
  await Promise.race([telling, late]);
  clearTimeout(timer);
}

async function tell(home: string, folder: string, verdicts: readonly object[]): Promise<void> {
  const address = await readAddress(home);
  if (address === undefined) return;
  const api = new Api(address.http, await readToken(home));
  const repository = await repositoryHere(api, folder);
  if (repository === undefined) return;
  for (const verdict of verdicts) await api.post('/api/verdicts', { repository, ...verdict }, z.looseObject({}));
}

/** What passed at the first try, with all that its verdict depends on. */
function verdictOf({ run, jobs, reuse }: LocalResult): object | undefined {
  const { conclusion, startedAt, completedAt, isRetried } = run;
  if (reuse?.isOn !== true || conclusion !== 'success' || isRetried) return undefined;
  if (startedAt === null || completedAt === null || jobs.some(({ execution }) => execution > 1)) return undefined;
  const { tree, event, path: workflow, work, settings } = reuse.parts;
  const durationMs = completedAt.getTime() - startedAt.getTime();
  return { tree, event, workflow, work, settings, conclusion, duration_ms: durationMs };
}
