import * as z from 'zod';
import { SHA_PATTERN } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';

/** A whole commit id. */
export const sha = z.string().regex(SHA_PATTERN);

/** Milliseconds since 1970, whole. */
export const instant = z.number().int();

/** Of a repository, a runner's label. */
export const name = z.string().min(1).max(200);

/** Which try of which job a message speaks of. */
export const executionKey = { job: z.number().int().positive(), execution: z.number().int().positive() };

/** What a forge or a workflow says; passed on as it is. */
export const json = z.custom<{ readonly [key: string]: Json }>((value) => typeof value === 'object' && value !== null);

/** Texts by name. */
export const texts = z.record(z.string(), z.string());

/** Identifies one try of one job. */
export interface ExecutionKey {
  readonly job: number;
  readonly execution: number;
}

/** A disk with less room than its runner keeps free on it. */
export const lowDisk = z.object({
  folder: z.string().max(4096),
  freeBytes: z.number().min(0),
  floorBytes: z.number().min(0),
});
