import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Commits } from '../../src/dispatcher/commits.ts';
import { DefaultBranches } from '../../src/dispatcher/default-branches.ts';
import { RemoteWorkflows } from '../../src/dispatcher/remote-workflows.ts';
import { RepositoryRefs } from '../../src/dispatcher/repository-refs.ts';
import { Mirrors } from '../../src/git/mirror.ts';
import type { ActionSettings } from '../../src/model/workflow.ts';
import type { RepositoryRecord } from '../../src/store/repositories.ts';
import { createLogger } from '../../src/support/logger.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const FILE = '.github/workflows/build.yml';
const text = (name: string) => `name: ${name}\non: workflow_call\n`;

/** A server with the repository `acme/ci`, of which `v1` is the first commit and `main` the second. */
async function startServer(more: Partial<ActionSettings> = {}, watched?: RepositoryRecord) {
  const dir = await tempDir('signalbox-remote-');
  const repository = await createRepository({ [FILE]: text('One') });
  await repository.git('tag', '-a', '-m', 'first', 'v1');
  const second = await repository.commit('second', { [FILE]: text('Two') });
  await repository.git('clone', '-q', '--bare', repository.path, join(dir.path, 'server/acme/ci'));
  const clock = new ManualClock();
  const logger = createLogger('silent');
  const mirrors = new Mirrors({ home: dir.path, logger });
  const commits = new Commits({ logger, mirrors });
  const refs = new RepositoryRefs({ mirrors, branches: new DefaultBranches({ clock, logger }) });
  const settings = { server: join(dir.path, 'server'), allow: [], pinned: false, nearestVersion: false, ...more };
  const workflows = new RemoteWorkflows({
    ...{ folder: join(dir.path, 'workflows'), settings, clock },
    watched: { commits, refs, repository: async (name) => (name === watched?.name ? watched : undefined) },
  });
  const push = () => repository.git('push', '-q', join(dir.path, 'server/acme/ci'), 'main');
  const dispose = async () => {
    await commits.close();
    await repository[Symbol.asyncDispose]();
    await dir[Symbol.asyncDispose]();
  };
  return { workflows, repository, second, clock, push, [Symbol.asyncDispose]: dispose };
}

test('a workflow of another repository is fetched at a tag, a branch or a commit', async () => {
  await using server = await startServer();
  const load = async (ref: string) => server.workflows.load(`acme/ci/${FILE}@${ref}`);
  expect(await load('v1')).toEqual({ path: `acme/ci/${FILE}@v1`, text: text('One') });
  const [main, commit] = await Promise.all([load('main'), load(server.second)]);
  expect([main, commit]).toMatchObject([{ text: text('Two') }, { text: text('Two') }]);
  await server.repository.commit('third', { [FILE]: text('Three') });
  await server.push();
  expect(await load('main')).toMatchObject({ text: text('Two') }); // where it was a moment ago
  server.clock.advance(60_000);
  expect(await load('main')).toMatchObject({ text: text('Three') });
});

test('what cannot be had is said in words', async () => {
  await using server = await startServer();
  const words = async (uses: string) => JSON.stringify(await server.workflows.load(uses));
  expect(await words(`acme/ci/${FILE}@v2`)).toMatch(/acme\/ci has no branch and no tag v2/);
  expect(await words(`acme/ci/.github/workflows/no.yml@v1`)).toMatch(/there is no file .* at that version/);
  expect(await words(`acme/none/${FILE}@v1`)).toMatch(
    /it cannot be fetched from .*acme\/none \(.*\); is the name right\?/,
  );
  expect(await words(`acme/ci/${FILE}@${'1'.repeat(40)}`)).toMatch(/1{40}/);
  expect(await words(FILE)).toMatch(/names no workflow of another repository/);
});

test('where the server cannot be reached, that is said, and what helps', async () => {
  await using closed = await startServer({ server: 'http://127.0.0.1:1' });
  expect(await closed.workflows.load(`acme/ci/${FILE}@v1`)).toEqual({
    error: expect.stringMatching(
      /^it cannot be fetched from http:\/\/127\.0\.0\.1:1\/acme\/ci \(Failed to connect .*\); this machine needs a way/,
    ),
  });
});

test('the rules for actions are those for workflows', async () => {
  await using strict = await startServer({ allow: ['acme/*'], pinned: true });
  const { workflows, second } = strict;
  expect(await workflows.load(`eve/ci/${FILE}@${second}`)).toMatchObject({ error: expect.stringContaining('acme/*') });
  expect(await workflows.load(`acme/ci/${FILE}@v1`)).toMatchObject({ error: expect.stringContaining('not pinned') });
  expect(await workflows.load(`acme/ci/${FILE}@${second}`)).toMatchObject({ text: text('Two') });
});

test('a watched repository is read where it is', async () => {
  await using watched = await createRepository({ [FILE]: text('Watched') });
  const record: RepositoryRecord = {
    ...{ id: 7, name: 'acme/own', sources: [watched.path], gitDir: join(watched.path, '.git'), secret: 's' },
    ...{ baseline: {}, createdAt: new Date(0) },
  };
  await using server = await startServer({ server: 'http://127.0.0.1:1' }, record);
  expect(await server.workflows.load(`acme/own/${FILE}@main`)).toMatchObject({ text: text('Watched') });
  expect(await server.workflows.load(`acme/own/${FILE}@none`)).toMatchObject({
    error: 'acme/own has no branch and no tag none',
  });
});
