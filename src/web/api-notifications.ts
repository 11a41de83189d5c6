import { Router } from 'express';
import * as z from 'zod';
import { isAddress } from '../config/notify-schema.ts';
import { HttpError } from '../support/http-guard.ts';
import { findOr404 } from './api-repositories.ts';
import { baseUrl, type WebContext } from './context.ts';
import { jsonBody, parse } from './input.ts';
import type { Notifications, ShownRule } from './notifications.ts';

const name = z.string().min(1).max(1_000);
/** The query of the list. */
export const listSchema = z.strictObject({ repository: name.optional() });
/** The body of a test. */
export const testSchema = z.strictObject({
  repository: name,
  rule: z.int().min(1).max(10_000).optional(),
  to: z.string().refine(isAddress, 'a mail address').optional(),
});
/** The query of a preview. */
export const previewSchema = z.strictObject({
  repository: name.optional(),
  as: z.enum(['text', 'html', 'slack', 'mattermost', 'discord', 'teams', 'webhook']).default('html'),
  on: z
    .enum(['broken', 'still_failing', 'moved', 'fixed', 'failure', 'success', 'error', 'cancelled'])
    .default('broken'),
});

/** The mail is a page of its own: it may have its styles inline, nothing else, and only our own page may show it. */
const PREVIEW_HEADERS = {
  'Content-Security-Policy': "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
  'X-Frame-Options': 'SAMEORIGIN',
};

/** Who is told of what; a test; and what it looks like. */
export function notificationRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const notifications = (): Notifications => {
    if (context.notifications !== undefined) return context.notifications;
    throw new HttpError(503, 'E_NOT_READY', 'this needs a server that runs; start one with "signalbox up"');
  };
  router.get('/notifications', async (request, response) => {
    const { repository } = parse(listSchema, request.query);
    const known =
      repository === undefined ? await context.store.repositories() : [await findOr404(context, repository)];
    const told = notifications();
    const repositories = known.map((one) => ({
      ...{ repository: one.name, own: told.hasOwn(one.name), rules: told.rules(one.name).map(ruleJson) },
    }));
    response.json({ mail: told.mail, repositories, total: repositories.length, next: null });
  });
  router.post('/notifications/test', jsonBody, async (request, response) => {
    const { repository, rule, to } = parse(testSchema, request.body ?? {});
    const found = await findOr404(context, repository);
    const rules = notifications().rules(found.name);
    if (rules.length === 0 || (rule !== undefined && rule > rules.length))
      throw new HttpError(
        404,
        'E_NOT_FOUND',
        `${found.name} has ${rules.length} rules; GET /api/notifications lists them`,
      );
    const asked = {
      repository: found.name,
      ...(rule === undefined ? {} : { rule }),
      ...(to === undefined ? {} : { to }),
    };
    const results = await notifications().test(asked);
    response.json({
      results: results.map(({ rule: number, to: whom, isSent, error }) => ({
        rule: number,
        to: whom,
        sent: isSent,
        error,
      })),
    });
  });
  router.get('/notifications/preview', async (request, response) => {
    const { repository, as, on } = parse(previewSchema, request.query);
    const shown = repository === undefined ? 'local/sample' : (await findOr404(context, repository)).name;
    const text = notifications().preview({ repository: shown, as, occasion: on }, baseUrl(context, request));
    response.set(PREVIEW_HEADERS);
    response.type(as === 'html' ? 'html' : as === 'text' ? 'text/plain' : 'application/json').send(text);
  });
  return router;
}

function ruleJson({ perHour, ...rule }: ShownRule) {
  const { number, kind, to, on, branches, quiet, digest } = rule;
  return { number, kind, to, on, branches, quiet, digest, per_hour: perHour };
}
