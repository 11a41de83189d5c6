import { Router } from 'express';
import { HttpError } from '../support/http-guard.ts';
import { findRepository } from './api-runs.ts';
import type { WebContext } from './context.ts';

/** What the home page shows: `GET /home`, and the commits of one strip. */
export function homeRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/home', async (_request, response) => {
    const repositories = await context.home.rows();
    response.json({ repositories, total: repositories.length, next: null });
  });
  router.get('/repositories/:repository/commits', async (request, response) => {
    const { repository: name } = request.params;
    const repository = await findRepository(context, name);
    if (repository === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no repository ${name}`);
    response.json({ commits: await context.home.commits(repository), next: null });
  });
  return router;
}
