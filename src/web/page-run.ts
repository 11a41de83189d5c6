import { run } from '../../web/src/pages/run.tsx';
import { baseUrl } from './context.ts';
import { idSchema, parse } from './input.ts';
import { definePage } from './page-definition.ts';
import { runPageData } from './run-page.ts';

export const runPage = definePage({
  path: '/runs/:id',
  view: run,
  load: (context, request) => runPageData(context, parse(idSchema, request.params.id), baseUrl(context, request)),
});
