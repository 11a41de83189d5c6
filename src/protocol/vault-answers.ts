import * as z from 'zod';
import { listOf, text, time } from './answer-fields.ts';

const scoped = {
  name: text,
  repository: text.nullable(),
  environment: text.nullable(),
  created_at: time,
  updated_at: time,
};

export const secretsAnswer = listOf('secrets', z.looseObject({ ...scoped, readable: z.boolean() }));

export const variablesAnswer = listOf('variables', z.looseObject({ ...scoped, value: text }));

export const setAnswer = z.looseObject({ name: text, repository: text.optional(), environment: text.optional() });
