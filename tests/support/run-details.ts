import * as z from 'zod';
import type { Api } from '../../src/protocol/api.ts';
import type { ConformanceRun } from '../conformance/check-case.ts';

const run = z.looseObject({
  ...{ id: z.number(), path: z.string().nullable(), status: z.string(), conclusion: z.string().nullable() },
  ...{ repository: z.string(), sha: z.string(), ref: z.string(), event: z.string() },
});
const page = z.object({ runs: z.array(run) });
const detail = z.looseObject({ jobs: z.array(z.looseObject({ id: z.number(), executions: z.number() })) });

/** A run in the list of a server. */
export type ListedRun = z.infer<typeof run>;

/** Every run of a server that a query fits, newest first. */
export async function listRuns(api: Api, query: string): Promise<readonly ListedRun[]> {
  const found: ListedRun[] = [];
  for (;;) {
    const before = found.at(-1)?.id;
    const { runs } = await api.get(`/api/runs?${query}${before === undefined ? '' : `&before=${before}`}`, page);
    if (runs.length === 0) return found;
    found.push(...runs);
  }
}

/** A run with its jobs and all that they said. */
export async function readRun(api: Api, id: number): Promise<ConformanceRun> {
  const found = await api.get(`/api/runs/${id}`, detail);
  const jobs = await Promise.all(
    found.jobs.map(async (job) => ({ ...job, logText: job.executions === 0 ? '' : await readLog(api, job.id) })),
  );
  return { ...found, jobs } as unknown as ConformanceRun;
}

async function readLog(api: Api, job: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of await api.open(`/api/jobs/${job}/log`)) text += decoder.decode(bytes, { stream: true });
  return text;
}
