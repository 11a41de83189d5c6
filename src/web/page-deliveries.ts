import * as z from 'zod';
import { deliveries } from '../../web/src/pages/deliveries.tsx';
import { loadDeliveries } from './deliveries-page.ts';
import { givenQuery, numberSchema, parse } from './input.ts';
import { definePage } from './page-definition.ts';

const schema = z.strictObject({
  delivery: z.string().max(1_000).optional(),
  repository: z.string().max(1_000).optional(),
  status: z.enum(['pending', 'processed', 'ignored', 'failed', 'refused']).optional(),
  before: numberSchema(1, Number.MAX_SAFE_INTEGER).optional(),
});

export const deliveriesPage = definePage({
  path: '/deliveries',
  view: deliveries,
  load: (context, request) => loadDeliveries(context, parse(schema, givenQuery(request))),
});
