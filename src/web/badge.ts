import { makeBadge } from 'badge-maker';
import { Router } from 'express';
import * as z from 'zod';
import { HttpError } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { parse } from './input.ts';
import { type RepositoryVerdict, readVerdict } from './verdicts.ts';

/** Of which branch, and how it looks. */
export const badgeSchema = z.strictObject({
  branch: z.string().min(1).max(255).optional(),
  style: z.enum(['plastic', 'flat', 'flat-square', 'for-the-badge', 'social']).optional(),
});

/** Colours by meaning, dark enough to carry white letters; grey is for what is not known. */
const LOOKS: Readonly<Record<RepositoryVerdict['state'], { readonly message: string; readonly color: string }>> = {
  green: { message: 'passing', color: '#2b7d3e' },
  broken: { message: 'failing', color: '#b3261e' },
  untested: { message: 'could not be tested', color: '#7a3fa0' },
};
const UNKNOWN = { message: 'no verdict', color: '#6b6b6b' };

/** `GET /badges/acme/app.svg?branch=main`: the verdict of a branch as a picture, for READMEs. */
export function badgeRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/badges/*name', async (request, response) => {
    const { branch, style = 'flat' } = parse(badgeSchema, request.query);
    const parts: readonly string[] = request.params.name;
    const file = parts.join('/');
    if (!file.endsWith('.svg')) throw new HttpError(404, 'E_NOT_FOUND', 'a badge ends in .svg: /badges/acme/app.svg');
    const name = file.slice(0, -'.svg'.length);
    const repository = (await context.store.repositories()).find((one) => one.name === name);
    if (repository === undefined) throw new HttpError(404, 'E_NOT_FOUND', `no repository ${name} is watched`);
    const main = context.operations.defaultBranchOf(repository.id) ?? undefined;
    const verdict = await readVerdict(context, repository, branch === undefined ? main : `refs/heads/${branch}`);
    const look = verdict === undefined ? UNKNOWN : LOOKS[verdict.state];
    // whoever shows it in a page asks often, and what it says changes: GitHub's proxy keeps what it may
    if (context.config.publicBadges) response.set('cross-origin-resource-policy', 'cross-origin');
    response.set('cache-control', 'no-cache, max-age=0').type('image/svg+xml');
    response.send(makeBadge({ label: branch ?? 'signalbox', style, ...look }));
  });
  return router;
}
