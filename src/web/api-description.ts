import { type RequestHandler, Router } from 'express';
import type { ApiDocumentSource, OpenApiDocument } from './api-document.ts';

/** `GET /openapi.json`, and what the page that shows it needs. Made when somebody asks: the start does not pay for it. */
export class ApiDescription implements ApiDocumentSource {
  #document: Promise<OpenApiDocument> | undefined;

  /** What `/api/openapi.json` says. */
  document(): Promise<OpenApiDocument> {
    this.#document ??= import('./openapi.ts').then(({ makeOpenApiDocument }) => makeOpenApiDocument());
    return this.#document;
  }

  routes(): RequestHandler {
    const router = Router({ caseSensitive: true, strict: true });
    router.get('/openapi.json', async (_request, response) => {
      response.json(await this.document());
    });
    return router;
  }
}
