import * as z from 'zod';
import { home } from '../../web/src/pages/home.tsx';
import { baseUrl } from './context.ts';
import { givenQuery, parse } from './input.ts';
import { definePage } from './page-definition.ts';

const SHOWN = ['all', 'broken', 'running', 'waiting'] as const;
const query = z.strictObject({ show: z.enum(SHOWN).default('all'), q: z.string().max(1_000).default('') });

export const homePage = definePage({
  path: '/',
  view: home,
  async load(context, request) {
    const asked = parse(query, givenQuery(request));
    return { ...asked, repositories: await context.home.rows(), base: baseUrl(context, request) };
  },
});
