import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import * as z from 'zod';
import type { Api } from '../../src/cli/api.ts';
import { type ConformanceRun, checkCase } from '../conformance/check-case.ts';
import { conformanceRepository } from '../conformance/conformance-repository.ts';
import { readCases } from '../conformance/read-cases.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';

const hasEngine = ['podman', 'docker'].some((name) => spawnSync(name, ['--version']).status === 0);
const cases = readCases().filter((one) => one.event === 'push' && !(hasEngine && one.onlyWithoutEngine));

const page = z.object({
  runs: z.array(z.looseObject({ id: z.number(), path: z.string().nullable(), status: z.string() })),
});
const detail = z.looseObject({ jobs: z.array(z.looseObject({ id: z.number(), executions: z.number() })) });

describe('a commit comes to the verdict of GitHub', () => {
  const runs = new Map<string, ConformanceRun>();
  const opened: AsyncDisposable[] = [];

  beforeAll(async () => {
    const repository = await conformanceRepository(cases);
    const signalbox = await startSignalbox({ runners: 2 });
    opened.push(signalbox, repository);
    await signalbox.cli('add', repository.path);
    const values = join(signalbox.home, 'value');
    for (const [name, value] of cases.flatMap((one) => Object.entries(one.secrets))) {
      await writeFile(values, value);
      await signalbox.cli('secrets', 'set', name, '--from-file', values);
    }
    for (const [name, value] of cases.flatMap((one) => Object.entries(one.vars)))
      await signalbox.cli('variables', 'set', name, value);
    const sha = await repository.addCases();
    for (const run of await allRuns(signalbox, sha, cases.length)) if (run.path !== null) runs.set(run.path, run);
  });
  afterAll(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]();
  });

  test.each(cases.map((one) => [one.name, one] as const))('%s', (name, one) => {
    const found = runs.get(`.github/workflows/${name}.yml`);
    if (found === undefined) throw new Error(`there is no run of ${name}.yml`);
    checkCase(one, found);
  });
});

/** Every run of a commit with its jobs and their logs, when all of them are over. */
async function allRuns(signalbox: Signalbox, sha: string, count: number): Promise<readonly ConformanceRun[]> {
  const api = await signalbox.api();
  for await (const { data } of api.events('/api/events?after=0', null)) {
    if (!data.includes('run.completed')) continue;
    const listed = await listRuns(api, sha);
    if (listed.length < count || listed.some(({ status }) => status !== 'completed')) continue;
    return Promise.all(listed.map(({ id }) => readRun(api, id)));
  }
  throw new Error('the events have ended');
}

async function listRuns(api: Api, sha: string) {
  const found: z.infer<typeof page>['runs'] = [];
  for (;;) {
    const before = found.at(-1)?.id;
    const { runs } = await api.get(`/api/runs?sha=${sha}${before === undefined ? '' : `&before=${before}`}`, page);
    if (runs.length === 0) return found;
    found.push(...runs);
  }
}

async function readRun(api: Api, id: number): Promise<ConformanceRun> {
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
