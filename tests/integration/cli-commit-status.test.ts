import { expect, test } from 'vitest';
import { tell } from '../../src/cli/commit-status.ts';
import { writeAddress } from '../../src/cli/home.ts';
import { type Output, Terminal } from '../../src/cli/terminal.ts';
import { sharedGitDirAt } from '../../src/git/refs.ts';
import { createRepository } from '../support/repository.ts';
import { commitOf, newRepository, pushOf, resultOf } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';
import { startWeb } from '../support/web.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

test('of a commit that two clones have, each tells what came of it there', async () => {
  await using home = await tempDir();
  await using web = await startWeb();
  await using one = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using elsewhere = await tempDir();
  const other = `${elsewhere.path}/other`;
  await one.git('clone', '-q', '.', other);
  const sha = (await one.git('rev-parse', 'HEAD')).trim();
  const http = `http://127.0.0.1:${web.http.address.port}`;
  await writeAddress(home.path, { http, dispatcher: '127.0.0.1:1', pid: process.pid });
  for (const [name, folder, conclusion] of [
    ['local/one', one.path, 'failure'],
    ['local/other', other, 'success'],
  ] as const) {
    const gitDir = (await sharedGitDirAt(folder)) ?? null;
    const { id } = await web.store.addRepository(newRepository(name, { gitDir }), NOW);
    await web.store.dispatch(pushOf(id, [{ ...commitOf(1), sha }]), NOW);
    const [claimed] = await web.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: NOW }, 1);
    await web.store.finish(resultOf(claimed!.job, claimed!.execution, { conclusion }), NOW);
  }
  const said = async (cwd: string) => {
    const lines: string[] = [];
    const into = { write: (text: string) => lines.push(text) } as Output;
    const terminal = new Terminal(into, into, {});
    const exitCode = await tell('HEAD', { terminal, env: {}, cwd, home: home.path, isJson: false, patienceMs: 30_000 });
    return [lines.join(''), exitCode];
  };
  expect(await said(one.path)).toEqual(['✗ failed\n', 1]);
  expect(await said(other)).toEqual(['✓ passed\n', 0]);
});
