import { Router } from 'express';
import * as z from 'zod';
import { type Credential, CredentialRefusedError, keyCredential, tokenCredential } from '../model/credential.ts';
import { HttpError } from '../support/http-guard.ts';
import { findRepository } from './api-runs.ts';
import { baseUrl, type WebContext } from './context.ts';
import { jsonBody, parse } from './input.ts';
import { factsJson, repositoryJson, runnerJson, savingsJson } from './json.ts';
import { verdictJson } from './verdicts.ts';

/** A repository to be watched. */
export const addSchema = z.strictObject({
  source: z.string().min(1).max(4_096),
  name: z.string().min(1).max(255).optional(),
  secret: z.string().min(1).max(1_024).optional(),
  token: z.string().min(1).max(4_096).optional(),
  ssh_key: z.string().min(1).max(65_536).optional(),
});

/** @throws {CredentialRefusedError} */
function credentialOf({ source, token, ssh_key: key }: z.infer<typeof addSchema>): Credential | undefined {
  if (token !== undefined && key !== undefined)
    throw new CredentialRefusedError('a repository has a token or an ssh key, not both');
  if (key !== undefined) return keyCredential(key);
  return token === undefined ? undefined : tokenCredential(token, source);
}

/** The repositories that are watched: list, add, remove. */
export function repositoryRoutes(context: WebContext): Router {
  const { operations, store } = context;
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/repositories', async (request, response) => {
    const verdicts = new Map((await context.verdicts.all()).map((one) => [one.repository, one]));
    const savings = await store.savings();
    const kinds = await store.credentials.kinds();
    const repositories = (await store.repositories()).map((one) => ({
      ...repositoryJson(one, baseUrl(context, request)),
      ...factsJson(one.id, operations),
      verdict: verdictJson(verdicts.get(one.name)),
      reuse: savingsJson(savings.get(one.id)),
      credential: kinds.get(one.id) ?? null,
    }));
    response.json({ repositories, total: repositories.length, next: null });
  });
  router.post('/repositories', jsonBody, async (request, response) => {
    const said = parse(addSchema, request.body ?? {});
    const { source, name, secret } = said;
    const credential = credentialOf(said);
    const known = new Set((await store.repositories()).map(({ id }) => id));
    const input = { source, ...(name === undefined ? {} : { name }), ...(secret === undefined ? {} : { secret }) };
    const own = credential === undefined ? {} : { credential };
    const added = await operations.addRepository({ ...input, ...own });
    // only here the secret is told: whoever may add a repository has to enter it at the forge
    const kind = (await store.credentials.kinds()).get(added.id) ?? null;
    const body = { ...repositoryJson(added, baseUrl(context, request)), credential: kind, secret: added.secret };
    response.status(known.has(added.id) ? 200 : 201).json(body);
  });
  router.get('/repositories/:repository', async (request, response) => {
    const found = await findOr404(context, request.params.repository);
    const verdict = await context.verdicts.of(found);
    const facts = factsJson(found.id, operations);
    const reuse = savingsJson((await store.savings()).get(found.id));
    const credential = (await store.credentials.kinds()).get(found.id) ?? null;
    const said = { ...facts, verdict: verdictJson(verdict), reuse, credential };
    response.json({ ...repositoryJson(found, baseUrl(context, request)), ...said });
  });
  router.delete('/repositories/:repository/credential', async (request, response) => {
    const { id } = await findOr404(context, request.params.repository);
    if (!(await operations.removeCredential(id)))
      throw new HttpError(404, 'E_NOT_FOUND', 'the repository has no token and no ssh key of its own');
    response.status(204).end();
  });
  router.delete('/repositories/:repository', async (request, response) => {
    const { id, name } = await findOr404(context, request.params.repository);
    const deleted = await operations.removeRepository(id);
    response.json({ removed: name, deleted: deleted ?? { secrets: 0, variables: 0, credential: false } });
  });
  return router;
}

/** The runners: list, drain, resume. */
export function runnerRoutes({ operations }: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/runners', (_request, response) => {
    const runners = operations.runners().map(runnerJson);
    response.json({ runners, total: runners.length, next: null });
  });
  router.post('/runners/:name/drain', jsonBody, async (request, response) => {
    const name = parse(z.string(), request.params.name);
    if (!(await operations.drainRunner(name))) throw notConnected(name);
    const runner = operations.runners().find((one) => one.name === name);
    response.json(runner === undefined ? { name, state: 'draining' } : runnerJson(runner));
  });
  router.post('/runners/:name/resume', jsonBody, async (request, response) => {
    const name = parse(z.string(), request.params.name);
    const outcome = await operations.resumeRunner(name);
    if (outcome === 'unknown') throw notConnected(name);
    if (outcome === 'leaving')
      throw new HttpError(409, 'E_RUNNER_LEAVES', `${name} leaves all the same; start it again when it is gone`);
    const runner = operations.runners().find((one) => one.name === name);
    response.json(runner === undefined ? { name, state: 'idle' } : runnerJson(runner));
  });
  return router;
}

function notConnected(name: string): HttpError {
  return new HttpError(404, 'E_NOT_FOUND', `no runner ${name} is connected; "signalbox runners" lists those that are`);
}

/** The repository that is meant. @throws {HttpError} E_NOT_FOUND */
export async function findOr404(context: WebContext, nameOrId: unknown) {
  const repository = await findRepository(context, parse(z.string(), nameOrId));
  if (repository === undefined)
    throw new HttpError(404, 'E_NOT_FOUND', `there is no repository ${nameOrId}; GET /api/repositories lists them`);
  return repository;
}
