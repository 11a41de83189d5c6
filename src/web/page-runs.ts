import { runs } from '../../web/src/pages/runs.tsx';
import { definePage } from './page-definition.ts';
import { runList } from './run-list.ts';

export const runsPage = definePage({
  path: '/runs',
  view: runs,
  load: (context, request) => runList(context, request),
});
