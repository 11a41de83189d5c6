import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { type ConformanceRun, checkCase } from '../conformance/check-case.ts';
import { conformanceRepository } from '../conformance/conformance-repository.ts';
import { type ConformanceCase, readCases } from '../conformance/read-cases.ts';
import { flags, here } from '../support/here.ts';
import { tempDir } from '../support/temp.ts';

const hasEngine = ['podman', 'docker'].some((name) => spawnSync(name, ['--version']).status === 0);
const cases = readCases().filter((one) => !(hasEngine && one.onlyWithoutEngine));
const pushed = cases.filter((one) => one.event === 'push');

describe('signalbox run comes to the verdict of GitHub', () => {
  const runs = new Map<string, ConformanceRun>();
  const opened: AsyncDisposable[] = [];
  let home = '';
  let run: (one: ConformanceCase | undefined, ...args: readonly string[]) => Promise<readonly ConformanceRun[]>;

  beforeAll(async () => {
    const repository = await conformanceRepository(cases);
    const folder = await tempDir('signalbox-home-');
    home = folder.path;
    opened.push(repository, folder);
    await repository.addCases();
    const { run: command } = await here(home);
    run = async (one, ...args) => {
      const { runs, result } = await command(repository.path, ...args, ...flagsOf(one ?? everything(pushed)));
      if (runs.length === 0) throw new Error(result.stderr);
      return runs;
    };
    for (const found of await run(undefined)) if (found.path !== null) runs.set(found.path, found);
  });
  afterAll(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]();
  });

  test.each(pushed.map((one) => [one.name, one] as const))('%s', (name, one) => {
    const found = runs.get(`.github/workflows/${name}.yml`);
    if (found === undefined) throw new Error(`there is no run of ${name}.yml`);
    checkCase(one, found);
  });

  const others = cases.filter((one) => one.event !== 'push');
  test.each(others.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    const payload = join(home, `${name}.json`);
    if (one.payload !== undefined) await writeFile(payload, JSON.stringify(one.payload));
    const file = one.payload === undefined ? [] : ['--event-file', payload];
    const [found] = await run(one, '--event', one.event, '--workflow', `${name}.yml`, ...file);
    if (found === undefined) throw new Error(`there is no run of ${name}.yml`);
    checkCase(one, found);
  });
});

/** Secrets and variables of all cases at once. */
function everything(all: readonly ConformanceCase[]): Pick<ConformanceCase, 'secrets' | 'vars' | 'inputs'> {
  const merged = (key: 'secrets' | 'vars') => Object.assign({}, ...all.map((one) => one[key]));
  return { secrets: merged('secrets'), vars: merged('vars'), inputs: {} };
}

function flagsOf({ secrets, vars, inputs }: Pick<ConformanceCase, 'secrets' | 'vars' | 'inputs'>): readonly string[] {
  return [...flags('--secret', secrets), ...flags('--var', vars), ...flags('--input', inputs)];
}
