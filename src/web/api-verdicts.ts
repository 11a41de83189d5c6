import { Router } from 'express';
import * as z from 'zod';
import { isReuseOn, settingsOf } from '../config/config.ts';
import { SHA_PATTERN } from '../model/push.ts';
import { HttpError } from '../support/http-guard.ts';
import { fingerprintOf } from '../workflow/reuse.ts';
import type { WebContext } from './context.ts';
import { jsonBody, parse } from './input.ts';

const hash = z.string().regex(/^[\w-]{43}$/, 'a SHA-256 in base64url');
/** A verdict of `signalbox run`. */
export const verdictSchema = z.strictObject({
  repository: z.string().min(1).max(4_096),
  tree: z.string().regex(SHA_PATTERN, 'a full id in lower case'),
  event: z.enum(['push', 'pull_request', 'pull_request_target', 'merge_group']),
  workflow: z.string().max(1_000),
  work: hash,
  settings: hash,
  conclusion: z.literal('success'),
  duration_ms: z.int().min(0).max(604_800_000),
});
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Takes the green verdicts of `signalbox run` into account, where one person has both. */
export function verdictRoutes(context: WebContext): Router {
  const { store, config, clock } = context;
  const router = Router({ caseSensitive: true, strict: true });
  router.post('/verdicts', jsonBody, async (request, response) => {
    const { repository: name, tree, event, workflow, ...given } = parse(verdictSchema, request.body ?? {});
    const { http, defaults, repositories } = config;
    if (http === undefined || !LOOPBACK.has(http.host) || config.publicUrl !== null)
      throw refused('this server may be that of several people: it listens on more than loopback, or has a public_url');
    const known = await store.repositories();
    const found = known.find((one) => one.name === name || one.sources.includes(name));
    if (found === undefined) throw new HttpError(404, 'E_NOT_FOUND', `no repository ${name} is watched`);
    const setting = defaults && settingsOf({ defaults, repositories: repositories ?? new Map() }, found.name).reuse;
    if (setting === undefined || !isReuseOn(setting, workflow === '' ? undefined : workflow))
      throw refused(`"reuse" is off for ${workflow || 'the tests'} of ${found.name}`);
    const parts = { tree, event, path: workflow, work: given.work, settings: given.settings };
    const verdict = { repository: found.id, fingerprint: fingerprintOf(parts), durationMs: given.duration_ms };
    await store.rememberVerdict(verdict, clock.now());
    response.status(201).json({ repository: found.name, tree, workflow });
  });
  return router;
}

function refused(why: string): HttpError {
  return new HttpError(403, 'E_VERDICT_REFUSED', `the verdict is not taken: ${why}`);
}
