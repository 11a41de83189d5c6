import { queue } from '../../web/src/pages/queue.tsx';
import { baseUrl } from './context.ts';
import { queuedJson } from './json.ts';
import { definePage } from './page-definition.ts';
import { explainQueue } from './waiting.ts';

/** Jobs that are listed. */
const PAGE = 100;

export const queuePage = definePage({
  path: '/queue',
  view: queue,
  async load(context, request) {
    const { jobs, total } = await context.store.queue(PAGE);
    const explained = explainQueue(jobs, context.operations.runners());
    return { jobs: explained.map((job) => queuedJson(job, baseUrl(context, request))), total };
  },
});
