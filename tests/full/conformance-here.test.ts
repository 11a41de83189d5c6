import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { actionsServer } from '../conformance/actions-server.ts';
import { type ConformanceRun, checkCase } from '../conformance/check-case.ts';
import { conformanceRepository } from '../conformance/conformance-repository.ts';
import { type CaseForge, startCaseForge } from '../conformance/forge.ts';
import { type ConformanceCase, casesOfThisMachine, isOfPush } from '../conformance/read-cases.ts';
import { flags, type Here, here } from '../support/here.ts';
import { linkPathWithout } from '../support/path-without.ts';
import type { TestRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const { cases, special, skipped } = casesOfThisMachine();
const pushed = cases.filter(isOfPush);
/** All that one push makes is executed before the first case is looked at, and the machine may be busy. */
const HOOK_MS = 300_000;

describe('signalbox run comes to the verdict of GitHub', () => {
  const runs = new Map<string, ConformanceRun>();
  const opened: AsyncDisposable[] = [];
  let home = '';
  let repository: TestRepository;
  let machineFor: (one: ConformanceCase) => Promise<Here>;
  let run: (one: ConformanceCase | undefined, ...args: readonly string[]) => Promise<readonly ConformanceRun[]>;

  beforeAll(async () => {
    const made = await conformanceRepository();
    repository = made;
    const folder = await tempDir('signalbox-home-');
    home = folder.path;
    const server = await actionsServer();
    const forge = await startCaseForge();
    opened.push(repository, folder, server, forge);
    await made.addCases(cases);
    const without = await tempDir('signalbox-path-');
    opened.push(without);
    linkPathWithout(['docker', 'podman'], without.path);
    machineFor = async ({ onlyWithoutEngine, config, settings }) =>
      here(home, {
        SIGNALBOX_CONFIG: await server.config(config, settings),
        ...(onlyWithoutEngine ? { PATH: without.path } : {}),
      });
    const { run: command } = await here(home, { SIGNALBOX_CONFIG: await server.config() });
    run = async (one, ...args) => {
      const { runs, result } = await command(repository.path, ...args, ...flagsOf(one ?? everything(pushed), forge));
      if (runs.length === 0) throw new Error(result.stderr);
      return runs;
    };
    for (const found of await run(undefined)) if (found.path !== null) runs.set(found.path, found);
  }, HOOK_MS);
  afterAll(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]();
  });

  test.each(pushed.map((one) => [one.name, one] as const))('%s', (name, one) => {
    const found = runs.get(`.github/workflows/${name}.yml`);
    if (found === undefined) throw new Error(`there is no run of ${name}.yml`);
    checkCase(one, found);
  });

  test.each(special.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    await using small = await conformanceRepository();
    await small.addCases([one]);
    const {
      runs: [found],
      result,
    } = await (await machineFor(one)).run(small.path, '--workflow', `${name}.yml`);
    if (found === undefined) throw new Error(result.stderr);
    checkCase(one, found);
  });

  for (const [name, why] of skipped) test.skip(`${name}: ${why}`, () => {});

  const others = cases.filter((one) => !isOfPush(one));
  test.each(others.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    const { payload, message, event, ref } = one;
    const file = join(home, `${name}.json`);
    if (payload !== undefined) await writeFile(file, JSON.stringify(payload));
    if (message !== undefined) await repository.commit(message);
    const how = ['--event', event, '--ref', ref, '--workflow', `${name}.yml`];
    const [found] = await run(one, ...how, ...(payload === undefined ? [] : ['--event-file', file]));
    if (message !== undefined) await repository.git('reset', '-q', '--hard', 'HEAD~1');
    if (found === undefined) throw new Error(`there is no run of ${name}.yml`);
    checkCase(one, found);
  });
});

/** Secrets and variables of all cases at once. */
function everything(all: readonly ConformanceCase[]): Pick<ConformanceCase, 'secrets' | 'vars' | 'inputs'> {
  const merged = (key: 'secrets' | 'vars') => Object.assign({}, ...all.map((one) => one[key]));
  return { secrets: merged('secrets'), vars: merged('vars'), inputs: {} };
}

function flagsOf(
  { secrets, vars, inputs }: Pick<ConformanceCase, 'secrets' | 'vars' | 'inputs'>,
  forge: CaseForge,
): readonly string[] {
  return [...flags('--secret', secrets), ...flags('--var', forge.fill(vars)), ...flags('--input', inputs)];
}
