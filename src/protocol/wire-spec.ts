import * as z from 'zod';
import type { WorkflowJobSpec } from '../model/workflow.ts';
import { json, texts } from './wire-fields.ts';

const argv = z.tuple([z.string()], z.string());

const step = z.object({
  name: z.string(),
  command: argv,
  dir: z.string().exactOptional(),
  env: z.record(z.string(), z.string()).exactOptional(),
});

const install = z.object({
  step,
  keyFiles: z.array(z.string()),
  toolVersions: z.array(argv),
  directories: z.array(z.string()),
  afterRestore: z.array(step).exactOptional(),
});

/** What is checked where it was made, by the parser of workflow files: here only that it is an object. */
const workflowJob = z.custom<WorkflowJobSpec>((value) => typeof value === 'object' && value !== null && 'job' in value);

/** What one execution of a workflow's job is told beyond its spec: the contexts of its expressions. */
export const jobContexts = z.object({
  github: json,
  inputs: json,
  matrix: json,
  strategy: json,
  needs: z.record(
    z.string(),
    z.object({ result: z.enum(['success', 'failure', 'cancelled', 'skipped']), outputs: texts }),
  ),
  vars: texts,
  secrets: texts,
});

/** What a runner has to do. */
export const jobSpec = z.object({
  found: z.string(),
  checkout: z.boolean(),
  steps: z.array(step),
  env: z.record(z.string(), z.string()),
  envPass: z.array(z.string()),
  timeoutMs: z.number().int().positive(),
  logLimitBytes: z.number().int().positive(),
  exclusive: z.boolean(),
  install: install.exactOptional(),
  workflow: workflowJob.exactOptional(),
  reports: z.array(z.string()).exactOptional(),
});
