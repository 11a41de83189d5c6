import { Router } from 'express';
import { HttpError } from '../support/http-guard.ts';
import { findRepository } from './api-runs.ts';
import type { WebContext } from './context.ts';
import type { HomeRow } from './home.ts';
import { PackedText } from './packed-text.ts';

/** What the home page shows: `GET /home`, and the commits of one strip. */
export function homeRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  let last: { rows: readonly HomeRow[]; answer: PackedText } | undefined;
  router.get('/home', async (request, response) => {
    const rows = await context.home.rows();
    if (last?.rows !== rows) last = { rows, answer: new PackedText(textOf(rows)) };
    await last.answer.send(request, response.type('json'));
  });
  router.get('/repositories/:repository/commits', async (request, response) => {
    const { repository: name } = request.params;
    const repository = await findRepository(context, name);
    if (repository === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no repository ${name}`);
    response.json({ commits: await context.home.commits(repository), next: null });
  });
  return router;
}

/** Rows as JSON, each written once. */
const texts = new WeakMap<HomeRow, string>();

function textOf(rows: readonly HomeRow[]): string {
  const written = rows.map((row) => {
    const text = texts.get(row) ?? JSON.stringify(row);
    texts.set(row, text);
    return text;
  });
  return `{"repositories":[${written.join(',')}],"total":${rows.length},"next":null}`;
}
