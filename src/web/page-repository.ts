import { repository } from '../../web/src/pages/repository.tsx';
import { definePage } from './page-definition.ts';
import { repositoryPageData } from './repository-page.ts';

export const repositoryPage = definePage({
  path: '/repositories/*name',
  view: repository,
  load(context, request) {
    const { name: parts } = request.params as unknown as { name: readonly string[] };
    return repositoryPageData(context, request, parts.join('/'));
  },
});
