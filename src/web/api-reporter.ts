import { Router } from 'express';
import { reporterSummarySchema } from '../protocol/reporter-summary.ts';
import type { WebContext } from './context.ts';
import { jsonBody, parse } from './input.ts';
import { ReporterHeard } from './reporter-heard.ts';

/** After so much silence the reporter is taken to be away, in milliseconds: it says something each 30 s. */
const SILENCE_MS = 90_000;

/** How the reporter is: told by itself, since it listens to nothing. */
export function reporterRoutes({ clock, reporter = new ReporterHeard() }: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/reporter', (_request, response) => {
    if (reporter.last === undefined) return void response.json({ reporter: null });
    const { at, summary } = reporter.last;
    const is_silent = +clock.now() - +at > SILENCE_MS;
    response.json({ reporter: { ...summary, heard_at: at.toISOString(), is_silent } });
  });
  router.post('/reporter', jsonBody, (request, response) => {
    reporter.last = { at: clock.now(), summary: parse(reporterSummarySchema, request.body ?? {}) };
    response.status(204).end();
  });
  return router;
}
