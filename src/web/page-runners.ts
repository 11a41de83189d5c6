import { runners } from '../../web/src/pages/runners.tsx';
import { baseUrl } from './context.ts';
import { definePage } from './page-definition.ts';
import { queueAndRunners } from './queue-page.ts';

export const runnersPage = definePage({
  path: '/runners',
  view: runners,
  load: (context, request) => queueAndRunners(context, baseUrl(context, request)),
});
