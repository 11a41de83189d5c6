import { deliveries } from '../../web/src/pages/deliveries.tsx';
import { definePage } from './page-definition.ts';

export const deliveriesPage = definePage({
  path: '/deliveries',
  view: deliveries,
  load: () => Promise.resolve({}),
});
