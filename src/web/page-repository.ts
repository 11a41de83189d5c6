import { repository } from '../../web/src/pages/repository.tsx';
import { HttpError } from '../support/http-guard.ts';
import { findRepository } from './api-runs.ts';
import { definePage } from './page-definition.ts';
import { runList } from './run-list.ts';
import { verdictJson } from './verdicts.ts';

export const repositoryPage = definePage({
  path: '/repositories/*name',
  view: repository,
  async load(context, request) {
    const { name: parts } = request.params as unknown as { name: readonly string[] };
    const name = parts.join('/');
    const found = await findRepository(context, name);
    const list = await runList(context, request, name);
    // a removed repository is not known any more, but its runs are
    if (found === undefined && list.runs.length === 0)
      throw new HttpError(404, 'E_NOT_FOUND', `there is no repository ${name}`);
    const verdict = (await context.verdicts.all()).find((one) => one.repository === name);
    return { name, verdict: verdictJson(verdict), ...list };
  },
});
