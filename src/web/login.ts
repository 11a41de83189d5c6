import { Router } from 'express';
import * as z from 'zod';
import type { Credentials } from '../support/http-credentials.ts';
import { HttpError } from '../support/http-guard.ts';
import { baseUrl, type WebContext } from './context.ts';
import { parse } from './input.ts';

/** The link that lets one browser in; good once, for a day. `base`: the address of the page. */
export function loginLink(base: string, credentials: Credentials): string {
  return `${base.replace(/\/+$/, '')}/login?code=${credentials.createCode()}`;
}

/**
 * `GET /login?code=`: takes the code, gives the cookie, and sends on to the page, so that the code stays neither in the
 * history nor in a `Referer`. `POST /api/login-links` makes a link for whoever has the token.
 */
export function loginRoutes(context: WebContext): Router {
  const { credentials, config } = context;
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/login', (request, response) => {
    // a preview or a prefetch must not use the code up
    if (request.method === 'HEAD' || request.get('Sec-Purpose') !== undefined) return void response.status(204).end();
    const { code } = parse(z.strictObject({ code: z.string().max(200).optional() }), request.query);
    const isIn = credentials.isCookie(request.headers.cookie);
    if (code === undefined || !credentials.redeem(code)) {
      if (!isIn)
        throw new HttpError(
          401,
          'E_LOGIN',
          code === undefined
            ? 'a browser is let in by a link with a code; `signalbox open` on the server’s machine opens the page logged in'
            : 'this link was used already, or is too old; `signalbox open` on the server’s machine opens the page logged in',
        );
    } else {
      const isSecure =
        config.publicUrl !== null &&
        baseUrl(context, request).startsWith('https:') &&
        new URL(config.publicUrl).host === request.headers.host;
      response.append('Set-Cookie', credentials.setCookie(isSecure));
    }
    response.redirect(303, '/');
  });
  router.post('/api/login-links', (request, response) => {
    response.status(201).json({ url: loginLink(baseUrl(context, request), credentials) });
  });
  return router;
}
