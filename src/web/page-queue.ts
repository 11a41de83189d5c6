import { queue } from '../../web/src/pages/queue.tsx';
import { baseUrl } from './context.ts';
import { definePage } from './page-definition.ts';
import { queueAndRunners } from './queue-page.ts';

export const queuePage = definePage({
  path: '/queue',
  view: queue,
  load: (context, request) => queueAndRunners(context, baseUrl(context, request)),
});
