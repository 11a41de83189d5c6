import * as z from 'zod';
import { harmlessData } from '../../web/src/harmless.ts';
import { home } from '../../web/src/pages/home.tsx';
import { baseUrl } from './context.ts';
import type { HomeRow } from './home.ts';
import { givenQuery, parse } from './input.ts';
import { definePage } from './page-definition.ts';

const SHOWN = ['all', 'broken', 'running', 'waiting'] as const;
const query = z.strictObject({ show: z.enum(SHOWN).default('all'), q: z.string().max(1_000).default('') });

/** Rows as a page may show them, each made once. */
const plainRows = new WeakMap<HomeRow, HomeRow>();

function plainOf(row: HomeRow): HomeRow {
  const known = plainRows.get(row);
  if (known !== undefined) return known;
  const plain = harmlessData(row); // it is JSON
  plainRows.set(row, plain);
  return plain;
}

export const homePage = definePage({
  path: '/',
  view: home,
  isPlain: true,
  async load(context, request) {
    const asked = parse(query, givenQuery(request));
    const rows = await context.home.rows();
    return { ...harmlessData({ ...asked, base: baseUrl(context, request) }), repositories: rows.map(plainOf) };
  },
});
