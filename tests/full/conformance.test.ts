import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type ConformanceRun, checkCase } from '../conformance/check-case.ts';
import { conformanceRepository } from '../conformance/conformance-repository.ts';
import { readCases } from '../conformance/read-cases.ts';
import { listRuns, readRun } from '../support/run-details.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';

const hasEngine = ['podman', 'docker'].some((name) => spawnSync(name, ['--version']).status === 0);
const cases = readCases().filter((one) => one.event === 'push' && !(hasEngine && one.onlyWithoutEngine));

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
    const listed = await listRuns(api, `sha=${sha}`);
    if (listed.length < count || listed.some(({ status }) => status !== 'completed')) continue;
    return Promise.all(listed.map(({ id }) => readRun(api, id)));
  }
  throw new Error('the events have ended');
}
