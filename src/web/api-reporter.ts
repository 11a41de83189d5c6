import { Router } from 'express';
import { type ReporterSummary, reporterSummarySchema } from '../protocol/reporter-summary.ts';
import type { WebContext } from './context.ts';
import { jsonBody, parse } from './input.ts';

/** After so much silence the reporter is taken to be away, in milliseconds: it says something each 30 s. */
const SILENCE_MS = 90_000;

/** How the reporter is: told by itself, since it listens to nothing. Kept in memory: it says it again when it connects. */
export function reporterRoutes({ clock }: WebContext): Router {
  let heard: { readonly at: Date; readonly summary: ReporterSummary } | undefined;
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/reporter', (_request, response) => {
    if (heard === undefined) return void response.json({ reporter: null });
    const { at, summary } = heard;
    const is_silent = +clock.now() - +at > SILENCE_MS;
    response.json({ reporter: { ...summary, heard_at: at.toISOString(), is_silent } });
  });
  router.post('/reporter', jsonBody, (request, response) => {
    heard = { at: clock.now(), summary: parse(reporterSummarySchema, request.body ?? {}) };
    response.status(204).end();
  });
  return router;
}
