import { type Request, Router } from 'express';
import * as z from 'zod';
import { type VaultScope, vaultName } from '../model/vault.ts';
import type { SecretRecord, VariableRecord, VaultFilter } from '../store/vault.ts';
import { HttpError } from '../support/http-guard.ts';
import { findOr404 } from './api-repositories.ts';
import type { WebContext } from './context.ts';
import { parse, secretBody } from './input.ts';

const text = z.string().min(1).max(1_000);
/** Whose secrets or variables. */
export const scopeSchema = z.strictObject({ repository: text.optional(), environment: text.optional() });
/** One to be set. */
export const setSchema = scopeSchema.extend({ name: z.string().max(1_000), value: z.string() });

/** Secrets and variables: list, set, remove. The value of a secret goes in and never comes out. */
export function vaultRoutes(context: WebContext): Router {
  const { vault } = context.store;
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/secrets', async (request, response) => {
    const secrets = await vault.secrets(await filterOf(context, request));
    const names = await namesOf(context);
    const shown = secrets.map((secret) => ({ ...factsOf(secret, names), readable: secret.isReadable }));
    response.json({ secrets: shown, total: shown.length, next: null });
  });
  router.get('/variables', async (request, response) => {
    const variables = await vault.variables(await filterOf(context, request));
    const names = await namesOf(context);
    const shown = variables.map((variable) => ({ ...factsOf(variable, names), value: variable.value }));
    response.json({ variables: shown, total: shown.length, next: null });
  });
  for (const kind of ['secrets', 'variables'] as const) {
    const set = kind === 'secrets' ? vault.setSecret : vault.setVariable;
    const remove = kind === 'secrets' ? vault.removeSecret : vault.removeVariable;
    router.post(`/${kind}`, secretBody, async (request, response) => {
      const { name, value, ...given } = parse(setSchema, request.body ?? {});
      const isNew = await set(await scopeOf(context, given), name, value, context.clock.now());
      response.status(isNew ? 201 : 200).json({ name: vaultName(name, kind), ...given });
    });
    router.delete(`/${kind}/:name`, async (request, response) => {
      const name = vaultName(parse(z.string(), request.params.name), kind);
      if (!(await remove(await scopeOf(context, parse(scopeSchema, request.query)), name)))
        throw new HttpError(
          404,
          'E_NOT_FOUND',
          `there is no ${name} in this scope; "signalbox ${kind} list" (GET /api/${kind}) lists all`,
        );
      response.status(204).end();
    });
  }
  return router;
}

type Given = z.output<typeof scopeSchema>;

async function scopeOf(context: WebContext, { repository, environment }: Given): Promise<VaultScope> {
  return {
    repository: repository === undefined ? null : (await findOr404(context, repository)).id,
    environment: environment ?? null,
  };
}

/** What is not said is not filtered by. */
async function filterOf(context: WebContext, request: Request): Promise<VaultFilter> {
  const { repository, environment } = parse(scopeSchema, request.query);
  return {
    ...(repository === undefined ? {} : { repository: (await findOr404(context, repository)).id }),
    ...(environment === undefined ? {} : { environment }),
  };
}

async function namesOf({ store }: WebContext): Promise<ReadonlyMap<number, string>> {
  return new Map((await store.repositories()).map(({ id, name }) => [id, name]));
}

function factsOf(record: SecretRecord | VariableRecord, names: ReadonlyMap<number, string>) {
  const { repository, environment, name, createdAt, updatedAt } = record;
  return {
    name,
    repository: repository === null ? null : (names.get(repository) ?? String(repository)),
    environment,
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
