import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeGithubApp } from '../../src/protocol/github-app.ts';
import { APP_KEY, APP_TOKEN, startGithub } from '../support/fake-github.ts';
import { startGitHttp } from '../support/git-http.ts';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';

test('where the GitHub App is installed, git is let in with its tokens, which are renewed and lie nowhere', async () => {
  await using dir = await tempDir('signalbox-app-git-');
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\nexit 0\n' });
  const bare = join(dir.path, 'git/acme/app.git');
  await repository.git('clone', '--quiet', '--bare', repository.path, bare);
  await using github = await startGithub();
  github.tokenLifeMs = 240_000; // each is about to end, so that each look needs a new one; more than one a second are not asked for
  const over = new Set<string>();
  const isGood = (account: string) => {
    const token = account.replace(/^x-access-token:/, '');
    return github.tokens.includes(token) && !over.has(token);
  };
  await using server = await startGitHttp({ root: join(dir.path, 'git'), account: isGood, look: APP_TOKEN });
  const api = `${github.url}/api`;
  const config = join(dir.path, 'signalbox.yml');
  await writeFile(config, JSON.stringify({ forges: [{ kind: 'github', url: server.url, api, statuses: false }] }));
  await using signalbox = await startSignalbox({ args: ['--config', config, '--poll', '4'] });
  const source = `${server.url}/acme/app.git`;
  const refused = await signalbox.cli('add', source);
  expect([refused.exitCode, refused.stderr]).toEqual([3, expect.stringMatching(/it was not let in/)]);
  await writeGithubApp(signalbox.home, {
    ...{ id: 7, slug: 'signalbox', name: 'Signalbox', html_url: `${github.url}/apps/signalbox`, api, pem: APP_KEY },
    ...{ webhook_secret: null, created_at: new Date().toISOString() },
  });
  expect(await signalbox.cli('add', source)).toMatchObject({ exitCode: 0 });
  for (const title of ['one', 'two']) {
    for (const token of github.tokens) over.add(token);
    const sha = await repository.commit(title);
    await repository.git('push', '--quiet', bare, 'HEAD:main');
    expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success', trigger: 'poll' });
  }
  expect(github.tokens.length).toBeGreaterThan(2);
  expect(server.leaks).toEqual([]);
  expect(signalbox.up.output()).not.toContain(APP_TOKEN);
  expect(() => execFileSync('grep', ['-r', APP_TOKEN, signalbox.home])).toThrow(); // it found nothing
});
