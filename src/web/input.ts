import express, { type Request, type RequestHandler } from 'express';
import * as z from 'zod';
import { MAX_VALUE_BYTES } from '../model/vault.ts';
import { HttpError } from '../support/http-guard.ts';

/** Most bytes of a body that the API reads. */
const BODY_LIMIT_BYTES = 64 * 1_024;

/**
 * Reads what came from outside.
 * @throws {HttpError} E_BAD_REQUEST that names the first field that does not fit.
 */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
  throw new HttpError(400, 'E_BAD_REQUEST', `${field}${issue?.message ?? 'not accepted'}`);
}

/** An id in a path or a query. */
export const idSchema = z
  .string()
  .regex(/^\d{1,15}$/, 'an id is a number')
  .transform(Number);

/** A whole number in a query, from `min` to `max`. */
export function numberSchema(min: number, max: number) {
  return idSchema.pipe(z.number().min(min, `at least ${min}`).max(max, `at most ${max}`));
}

/** Reads a JSON body; nothing else is taken, so that a form of a foreign page cannot pose as one. */
export const jsonBody = jsonBodyUpTo(BODY_LIMIT_BYTES);

/** The same for a body whose contents nobody is to see: an error says nothing of them. */
export const secretBody: RequestHandler = (request, response, next) => {
  readSecret(request, response, (error?: unknown) => {
    const isParser = error instanceof SyntaxError;
    next(isParser ? new HttpError(400, 'E_BAD_REQUEST', 'the body is no valid JSON') : error);
  });
};

// six bytes for each one of a value of 48 kB, if all of them are escaped
const readSecret = jsonBodyUpTo(6 * MAX_VALUE_BYTES + BODY_LIMIT_BYTES);

function jsonBodyUpTo(limit: number): RequestHandler {
  const readJson = express.json({ limit, inflate: false, type: 'application/json' });
  return (request, response, next) => {
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
    if (hasBody && request.is('application/json') !== 'application/json')
      return next(new HttpError(415, 'E_MEDIA_TYPE', 'the body has to be application/json'));
    readJson(request, response, next);
  };
}

/** The query of a page. A form sends empty fields, too: they ask for nothing. */
export function givenQuery(request: Request): Readonly<Record<string, string>> {
  const entries = Object.entries(request.query).filter(([, value]) => value !== '');
  return Object.fromEntries(entries) as Record<string, string>;
}
