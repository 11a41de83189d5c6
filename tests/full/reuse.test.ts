import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';

const WORKFLOW = 'on: push\njobs: { test: { runs-on: ubuntu-latest, steps: [{ run: test ! -e bad }] } }\n';

test('a tree is tested once: before it is committed, or before its message is amended', async () => {
  await using repository = await createRepository({ '.github/workflows/ci.yml': WORKFLOW });
  await using dir = await tempDir('signalbox-reuse-');
  const config = join(dir.path, 'signalbox.yml');
  await writeFile(config, 'defaults: { reuse: { ci.yml: tree } }\n');
  await using signalbox = await startSignalbox({ args: ['--config', config] });
  await signalbox.cli('add', repository.path);

  const first = await signalbox.waitForRun(await repository.commit('first words', { a: 'a' }));
  expect(first).toMatchObject({ conclusion: 'success', reused_from: null });
  await repository.git('commit', '-q', '--amend', '-m', 'better words');
  const amended = await signalbox.waitForRun(await repository.git('rev-parse', 'HEAD'));
  expect(amended).toMatchObject({ conclusion: 'success', reused_from: { run: first.id } });
  const words = `reused from run ${first.number}, which tested the same tree`;
  expect((await signalbox.cli('show', String(amended.id))).stdout).toContain(words);
  expect((await signalbox.cli('repos')).stdout).toMatch(/reuse: tree saved .* in 1 run\n/);

  await repository.write({ b: 'b' });
  const local = await signalbox.cli('run', repository.path, '--config', config);
  expect(local).toMatchObject({ exitCode: 0 });
  const committed = await signalbox.waitForRun(await repository.commit('what was tested before'));
  expect(committed).toMatchObject({ conclusion: 'success', reused_from: { run: null } });
  expect(committed.reason).toBe('reused from "signalbox run" on this machine, which tested the same tree');

  const again = await signalbox.cli('rerun', String(committed.id));
  expect(again.exitCode).toBe(0);
});
