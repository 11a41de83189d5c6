import { Router } from 'express';
import { errorBody } from '../support/http-guard.ts';

/** What the interface names and this version does not do. */
const NOT_YET: readonly (readonly [method: 'get' | 'post', path: string, what: string])[] = [
  ['get', '/api/openapi.json', 'the machine-readable description'],
];

/** Says of what will come that it is not there, which is not the same as "never heard of it". */
export function notYetRoutes(): Router {
  const router = Router({ caseSensitive: true, strict: true });
  for (const [method, path, what] of NOT_YET)
    router[method](path, (_request, response) => {
      response.status(501).json(errorBody('E_NOT_YET', `${what} is not there yet`));
    });
  return router;
}
