import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

test('of a push of which only the newest commit is tested, the one that broke the branch is found and named', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\ntest ! -e bad\n' });
  await using dir = await tempDir('signalbox-culprit-');
  const config = join(dir.path, 'signalbox.yml');
  await writeFile(config, 'defaults: { policy: latest }\n');
  await using signalbox = await startSignalbox({ args: ['--config', config] });
  await signalbox.cli('add', repository.path);
  const good = await repository.commit('good');
  expect(await signalbox.waitForRun(good)).toMatchObject({ conclusion: 'success', broken_since: null });

  await repository.git('checkout', '-q', '-b', 'elsewhere');
  await repository.git('clone', '-q', '.', join(dir.path, 'clone'));
  const clone = (...args: string[]) => repository.git('-C', join(dir.path, 'clone'), ...args);
  const shas: string[] = [];
  for (const name of ['a', 'b', 'bad', 'c', 'd']) {
    await writeFile(join(dir.path, 'clone', name), '');
    await clone('add', '-A');
    await clone('commit', '-q', '-m', `add ${name}`);
    shas.push(await clone('rev-parse', 'HEAD'));
  }
  await clone('push', '-q', 'origin', 'HEAD:main');
  const tip = await signalbox.waitForRun(shas[4] ?? '');
  expect(tip.conclusion).toBe('failure');
  const show = async () => (await signalbox.cli('show', String(tip.id))).stdout;
  const culprit = `broken since ${shas[2]?.slice(0, 9)} by Ada, 2 commits ago\n`;
  await waitFor('the culprit', async () => (await show()).includes(culprit));
  expect((await signalbox.cli('show', shas[2] ?? '')).stdout).toContain('tested to find since when main is broken\n');
  expect((await signalbox.cli('repos')).stdout).toContain(`main: ${culprit}`);
});
