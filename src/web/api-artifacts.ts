import { pipeline } from 'node:stream/promises';
import { Router } from 'express';
import { HttpError } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { idSchema, parse } from './input.ts';

/** `GET /artifacts/:id`: the zip. What is in it came from a job, so that a browser must only save it. */
export function artifactRoutes({ store }: Pick<WebContext, 'store'>): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/artifacts/:id', async (request, response) => {
    const found = await store.artifacts.open(parse(idSchema, request.params.id));
    if (found === undefined)
      throw new HttpError(404, 'E_NOT_FOUND', `there is no artifact ${request.params.id} (any more)`);
    const { artifact, content } = found;
    response.writeHead(200, {
      'Content-Type': 'application/zip',
      'Content-Length': artifact.bytes,
      'Content-Disposition': `attachment; filename*=UTF-8''${encoded(`${artifact.name}.zip`)}`,
    });
    if (request.method === 'HEAD') {
      content.destroy();
      response.end();
      return;
    }
    await pipeline(content, response).catch(() => {}); // a reader who goes away is no news
  });
  return router;
}

/** As a header may hold it (RFC 5987). */
function encoded(name: string): string {
  return encodeURIComponent(name).replace(/['()*]/g, (one) => `%${one.charCodeAt(0).toString(16)}`);
}
