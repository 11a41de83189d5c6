import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { casesWithSteps } from '../conformance/read-cases.ts';
import { runSteps } from '../conformance/run-steps.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';

const cases = casesWithSteps();

describe('what happens one after the other comes to the verdicts that are documented', () => {
  const opened: AsyncDisposable[] = [];
  let start: () => Promise<Signalbox>;
  let signalbox: Signalbox;

  beforeAll(async () => {
    const dir = await tempDir('signalbox-steps-');
    const config = join(dir.path, 'signalbox.yml');
    const settings = cases.map(({ name, steps }) => [`local/${name}`, steps.settings]);
    await writeFile(config, JSON.stringify({ repositories: Object.fromEntries(settings) }));
    start = () => startSignalbox({ runners: 1, env: { SIGNALBOX_CONFIG: config } });
    signalbox = await start();
    opened.push(signalbox, dir);
  });
  afterAll(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]();
  });

  test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const isOnItsOwn = one.steps.steps.some(({ restart }) => restart !== undefined);
    if (!isOnItsOwn) return runSteps(signalbox, one);
    await using own = await start();
    await runSteps(own, one);
  });
});
