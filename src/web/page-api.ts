import { api } from '../../web/src/pages/api.tsx';
import { definePage } from './page-definition.ts';

/** The API for people who want to look it up: what `/api/openapi.json` says. */
export const apiPage = definePage({
  path: '/api/docs',
  view: api,
  async load(context) {
    const { paths, components } = await context.description.document();
    return { paths, schemas: components.schemas };
  },
});
