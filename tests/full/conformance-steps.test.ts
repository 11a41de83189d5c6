import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { type ActionsServer, actionsServer } from '../conformance/actions-server.ts';
import { casesWithSteps } from '../conformance/read-cases.ts';
import { runSteps } from '../conformance/run-steps.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';

const cases = casesWithSteps();

describe('what happens one after the other comes to the verdicts that are documented', () => {
  const opened: AsyncDisposable[] = [];
  let start: () => Promise<Signalbox>;
  let signalbox: Signalbox;
  let actions: ActionsServer;

  beforeAll(async () => {
    actions = await actionsServer();
    const settings = cases.map(({ name, steps }) => [`local/${name}`, steps.settings]);
    const config = await actions.config({}, { repositories: Object.fromEntries(settings) });
    start = () => startSignalbox({ runners: 1, env: { SIGNALBOX_CONFIG: config } });
    signalbox = await start();
    opened.push(signalbox, actions);
  });
  afterAll(async () => {
    for (const one of opened) await one[Symbol.asyncDispose]();
  });

  afterEach(() => actions.comeBack());

  test.each(cases.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const isOnItsOwn = one.steps.steps.some(({ restart }) => restart !== undefined);
    if (!isOnItsOwn) return runSteps(signalbox, actions, one);
    await using own = await start();
    await runSteps(own, actions, one);
  });
});
