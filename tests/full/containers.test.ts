import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { labelOf } from '../../src/runner/containers/leftovers.ts';
import { openGate } from '../support/gate.ts';
import { createRepository } from '../support/repository.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';
import { testEngine } from '../support/test-engine.ts';
import { waitFor } from '../support/wait-for.ts';

const engine = testEngine();
const title = 'with a real container engine';

/** A workflow with a service beside its one step. */
const withService = (step: string, job = '') => ({
  '.github/workflows/ci.yml': `on: push
jobs:
  a:
    runs-on: ubuntu-latest
    services: { cache: { image: localhost/signalbox-test-redis:1, command: redis-server --protected-mode no } }
${job}    steps: [{ run: '${step}' }]
`,
});

/** The containers and networks that jobs of this server have; others may be busy on this machine. */
function containersOf({ home }: Signalbox): readonly string[] {
  const temps = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((path) =>
    /\bslots\/\d+\/tmp$/.test(path),
  );
  expect(temps).not.toEqual([]);
  return temps.flatMap((temp) => {
    const filter = ['--filter', `label=${labelOf({ temp: join(home, temp) })}`];
    const list = (...words: string[]) => spawnSync(engine ?? '', [...words, ...filter], { encoding: 'utf8' }).stdout;
    const names = `${list('container', 'ls', '--all', '--format', '{{.Names}}')}${list('network', 'ls', '--format', '{{.Name}}')}`;
    return names.split('\n').filter((name) => name !== '');
  });
}

async function push(signalbox: Signalbox, files: Record<string, string>) {
  const repository = await createRepository({ README: 'first' });
  await signalbox.cli('add', repository.path);
  return { repository, sha: await repository.commit('the workflow', files) };
}

describe.skipIf(engine === undefined)(title, () => {
  test('a job that is cancelled leaves no container and no network', async () => {
    await using gate = await openGate();
    await using signalbox = await startSignalbox();
    const { repository, sha } = await push(signalbox, withService(gate.shell));
    await using _ = repository;
    await gate.entered();
    expect(containersOf(signalbox)).toHaveLength(2);
    await signalbox.cli('cancel', '1');
    expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'cancelled' });
    expect(containersOf(signalbox)).toEqual([]);
  });

  test('what a killed runner left is removed when it starts again', async () => {
    await using gate = await openGate();
    await using signalbox = await startSignalbox();
    const { repository, sha } = await push(signalbox, withService(gate.shell));
    await using _ = repository;
    await gate.entered();
    const lost = containersOf(signalbox);
    for (const pid of await signalbox.runnerPids()) process.kill(pid, 'SIGKILL');
    await gate.entered();
    const left = containersOf(signalbox);
    expect(left).toHaveLength(2);
    for (const name of lost) expect(left).not.toContain(name);
    gate.open();
    expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success', jobs: [{ executions: 2 }] });
    expect(containersOf(signalbox)).toEqual([]);
  });

  test('names of services are still known in a job while another one, which was the first to have any, ends', async () => {
    await using gate = await openGate();
    await using folder = await tempDir();
    await using signalbox = await startSignalbox({ runners: 2 });
    const first = await push(signalbox, withService(gate.shell));
    await using _ = first.repository;
    await gate.entered();
    const container = `    container: { image: localhost/signalbox-test-redis:1, volumes: ["${folder.path}:/gate"] }\n`;
    const step =
      'touch /gate/entered; until test -e /gate/open; do sleep 0.1; done; redis-cli -h cache ping | grep PONG';
    const second = await push(signalbox, withService(step, container));
    await using __ = second.repository;
    await waitFor('the job in the container', async () => existsSync(join(folder.path, 'entered')), undefined, 45_000);
    gate.open();
    expect(await signalbox.waitForRun(first.sha)).toMatchObject({ conclusion: 'success' });
    writeFileSync(join(folder.path, 'open'), '');
    expect(await signalbox.waitForRun(second.sha)).toMatchObject({ conclusion: 'success' });
  });
});

if (engine === undefined) test.skip(`${title}: none works on this machine`, () => {});
