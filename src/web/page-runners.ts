import { runners } from '../../web/src/pages/runners.tsx';
import { definePage } from './page-definition.ts';
import { runnersData } from './queue-page.ts';

export const runnersPage = definePage({
  path: '/runners',
  view: runners,
  load: (context) => runnersData(context),
});
