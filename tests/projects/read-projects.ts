import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';

const conclusion = z.enum(['success', 'failure', 'error', 'cancelled', 'timed_out', 'skipped']);

/** What has to come of one workflow file. */
const expectedRun = z.strictObject({
  conclusion,
  /** Text in the reason of the run, or of one of its jobs. */
  reason: z.string().optional(),
  /** Conclusion of each job, by name; all of them. */
  jobs: z.record(z.string(), conclusion).optional(),
  annotations: z.array(z.record(z.string(), z.union([z.string(), z.number()]))).default([]),
  /** Text in the log of a job, by its name. */
  logs: z.record(z.string(), z.string()).default({}),
  /** In which way it is run, if not in both. */
  only: z.enum(['commit', 'here']).optional(),
});

const occasion = z.strictObject({
  /** `green` is the folder `repository`; another one lies over what was there, and is a commit of its own. */
  name: z.string(),
  /** Of the commit; default: its name. */
  message: z.string().optional(),
  /** Files that the commit takes away. */
  remove: z.array(z.string()).default([]),
  event: z.string().default('push'),
  /** A tag on the commit: it is what is pushed. */
  tag: z.string().optional(),
  /** Of the event; what is the same for all is added. */
  payload: z.looseObject({ number: z.number().optional(), pull_request: z.looseObject({}).optional() }).optional(),
  inputs: z.record(z.string(), z.string()).default({}),
  /** By file name; none: no workflow file is for the event. */
  runs: z.record(z.string(), expectedRun),
});

const schema = z.strictObject({
  what: z.string(),
  /** Programs that it needs beside Node and git; `engine`: a container engine that works. */
  needs: z.array(z.string()).default([]),
  /** `engine`: what is expected holds on machines without podman and docker. */
  without: z.array(z.literal('engine')).default([]),
  secrets: z.record(z.string(), z.string()).default({}),
  vars: z.record(z.string(), z.string()).default({}),
  /** In this order; a name that was there before is the same commit. */
  commits: z.array(occasion),
});

export type ExpectedRun = z.infer<typeof expectedRun>;
/** A push, or another event, of a project. */
export type Occasion = z.infer<typeof occasion>;
/** A repository as people have them, and what has to come of its commits. */
export type Project = z.infer<typeof schema> & { readonly name: string; readonly folder: string };

/** All projects of this folder, by name. */
export function readProjects(): readonly Project[] {
  return readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readProject(name));
}

function readProject(name: string): Project {
  const folder = join(import.meta.dirname, name);
  return { ...schema.parse(parse(readFileSync(join(folder, 'project.yml'), 'utf8'))), name, folder };
}

/** What is expected in one of the two ways. */
export function expectedIn(way: 'commit' | 'here', { runs }: Occasion): readonly (readonly [string, ExpectedRun])[] {
  return Object.entries(runs).filter(([, { only }]) => only === undefined || only === way);
}
