import { Router } from 'express';
import * as z from 'zod';
import { SHA_PATTERN } from '../model/push.ts';
import { UNSANDBOXED } from '../model/trust.ts';
import type { Json } from '../model/workflow.ts';
import type { RunRecord } from '../store/run-record.ts';
import { HttpError } from '../support/http-guard.ts';
import { findRepository } from './api-runs.ts';
import { baseUrl, type WebContext } from './context.ts';
import { idSchema, jsonBody, parse } from './input.ts';
import { runJson } from './json.ts';
import { RecentReruns } from './recent-reruns.ts';

const name = z.string().min(1).max(1_000);
const values = z.record(
  z.string().max(200),
  z.custom<Json>((value) => value !== undefined),
);
/** Whoever asks, as they call themselves: it is shown, and proves nothing. */
const person = z.string().trim().min(1).max(100);
/** The body of a rerun. */
export const rerunSchema = z.strictObject({ failed_only: z.boolean().default(false), by: person.optional() });
/** The body of an approval. */
export const approveSchema = z.strictObject({
  sha: z.string().regex(SHA_PATTERN, 'the full id of the commit that was looked at'),
  unsandboxed: z.boolean().default(false),
  by: person.default('a person'),
});
/** The body of a cancel. */
export const cancelSchema = z.strictObject({
  reason: z.string().min(1).max(200).optional(),
  by: person.default('a person'),
});
/** The body of a dispatch. */
export const workflowSchema = z.strictObject({
  workflow: name,
  ref: name.optional(),
  inputs: values.default({}),
  actor: name.optional(),
});
/** The body of a `repository_dispatch`. */
export const eventSchema = z.strictObject({
  event_type: z.string().min(1).max(100),
  client_payload: values.default({}),
  actor: name.optional(),
});

/** What somebody wants to be done: run again, end, start by hand. */
export function actionRoutes(context: WebContext): Router {
  const { store, clock } = context;
  const reruns = new RecentReruns();
  const router = Router({ caseSensitive: true, strict: true });
  router.post('/runs/:id/rerun', jsonBody, async (request, response) => {
    const { failed_only: failedOnly, by } = parse(rerunSchema, request.body ?? {});
    const id = parse(idSchema, request.params.id);
    const now = clock.now();
    const outcome = await reruns.start(id, by, now, () => store.rerun(id, { failedOnly, by: by ?? null }, now));
    const { run, rerun, kept } = found(outcome, id);
    response.status(201).json({ ...runJson(run, baseUrl(context, request)), rerun, kept });
  });
  router.post('/runs/:id/approve', jsonBody, async (request, response) => {
    const { sha, unsandboxed, by } = parse(approveSchema, request.body ?? {});
    const id = parse(idSchema, request.params.id);
    const { held } = found(await store.run(id), id).run;
    // whoever approves has to have read what that means, since there is no sandbox that would make it harmless
    if (held !== null && !unsandboxed) throw new HttpError(409, 'E_APPROVAL_UNSANDBOXED', UNSANDBOXED);
    const run = found(await store.approve(id, { sha, by }, clock.now()), id);
    response.json(runJson(run, baseUrl(context, request)));
  });
  router.post('/runs/:id/cancel', jsonBody, async (request, response) => {
    const { by, reason = `cancelled by ${by}` } = parse(cancelSchema, request.body ?? {});
    const id = parse(idSchema, request.params.id);
    const { run, isForced, ended, stopping, kept } = found(await store.cancel(id, reason, clock.now()), id);
    const body = { ...runJson(run, baseUrl(context, request)), forced: isForced, ended, stopping, kept };
    response.status(202).json(body);
  });
  router.post('/repositories/:repository/dispatches', jsonBody, async (request, response) => {
    const base = baseUrl(context, request);
    const repository = await findRepository(context, parse(z.string(), request.params.repository));
    if (repository === undefined) throw new HttpError(404, 'E_NOT_FOUND', 'there is no such repository');
    const isEvent = typeof request.body === 'object' && request.body !== null && 'event_type' in request.body;
    if (isEvent) {
      const { event_type: eventType, client_payload: clientPayload, actor } = parse(eventSchema, request.body);
      const wanted = { eventType, clientPayload, ...(actor === undefined ? {} : { actor }) };
      const { runs, note = null } = await context.operations.dispatchEvent(repository, wanted);
      const shown = await Promise.all(runs.map(async (id) => runJson(await runOf(context, id), base)));
      response.status(runs.length > 0 ? 201 : 200).json({ runs: shown, note });
      return;
    }
    const { ref, actor, ...rest } = parse(workflowSchema, request.body ?? {});
    const more = { ...(ref === undefined ? {} : { ref }), ...(actor === undefined ? {} : { actor }) };
    const run = await context.operations.dispatchWorkflow(repository, { ...rest, ...more });
    response.status(201).json(runJson(await runOf(context, run), base));
  });
  return router;
}

async function runOf({ store }: WebContext, id: number): Promise<RunRecord> {
  return found(await store.run(id), id).run;
}

function found<T>(outcome: T | undefined, id: number): T {
  if (outcome === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no run ${id}`);
  return outcome;
}
