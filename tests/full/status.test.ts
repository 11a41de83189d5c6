import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repositoriesSchema } from '../../src/protocol/api-schema.ts';
import { startForge } from '../support/fake-forge.ts';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

test('a commit of a configured repository ends as a status at its forge', async () => {
  await using forge = await startForge();
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\nexit 0\n' });
  await using dir = await tempDir('signalbox-status-');
  await writeFile(join(dir.path, 'token'), 'forge-token-0123456789\n');
  const config = join(dir.path, 'signalbox.yml');
  const sources = [repository.path, `${forge.url}/acme/app.git`];
  const settings = {
    forges: [{ kind: 'gitea', url: forge.url, token_file: 'token' }],
    repositories: { 'acme/app': { source: sources } },
  };
  await writeFile(config, JSON.stringify(settings)); // which is YAML, too
  await using signalbox = await startSignalbox({ args: ['--config', config] });
  const api = await signalbox.api();
  // what is committed before it is watched is where it begins
  const isWatched = async () => (await api.get('/api/repositories', repositoriesSchema)).repositories.length > 0;
  await waitFor('the repository of the configuration', isWatched);
  const sha = await repository.commit('second', { 'ci.sh': '#!/bin/sh\nexit 1\n' });
  await signalbox.waitForRun(sha);
  const told = () => forge.requests.filter(({ path }) => path === `/api/v1/repos/acme/app/statuses/${sha}`);
  await waitFor('the verdict', () => told().at(-1)?.json.state === 'failure');
  expect(told().at(-1)?.headers.authorization).toBe('token forge-token-0123456789');
});
