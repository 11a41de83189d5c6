import { existsSync, readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { ActionError, type ActionPlaces } from '../../src/runner/actions/action.ts';
import { resolveAction } from '../../src/runner/actions/resolve.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const NODE_ACTION = { 'action.yml': 'name: x\nruns: { using: node20, main: index.js }\n', 'index.js': '' };

async function setUp(settings: Partial<ActionPlaces['settings']> = {}) {
  const dir = await tempDir();
  const said: string[] = [];
  const workspace = join(dir.path, 'work');
  await mkdir(workspace);
  const places = (): ActionPlaces => ({
    workspace,
    cache: join(dir.path, 'cache'),
    settings: { server: 'http://127.0.0.1:1', allow: [], pinned: false, nearestVersion: false, ...settings },
    log: (line) => said.push(line),
    commits: new Map(),
  });
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(workspace, path)), { recursive: true });
    await writeFile(join(workspace, path), text);
  };
  return { dir, places, said, write, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

const refusal = async (uses: string, places: ActionPlaces) => {
  const error = await resolveAction(uses, places).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ActionError);
  return (error as Error).message;
};

/** A server at `<folder>/<owner>/<name>`, over file://. */
async function serverOf(repository: { readonly path: string }) {
  return {
    server: pathToFileURL(dirname(dirname(repository.path))).href,
    owner: dirname(repository.path).split('/').at(-1),
  };
}

test('a local action is read from the workspace, whichever of its names the manifest has', async () => {
  await using t = await setUp();
  await t.write('actions/a/action.yaml', 'runs: { using: node20, main: m.js }');
  await t.write('actions/a/m.js', '');
  expect(await resolveAction('./actions/a', t.places())).toMatchObject({ kind: 'node', using: 'node20' });
  await t.write('actions/b/Dockerfile', 'FROM scratch');
  expect(await resolveAction('./actions/b/', t.places())).toMatchObject({ kind: 'docker' });
});

test('a local action that is not there, or not built, is an error that names the path', async () => {
  await using t = await setUp();
  expect(await refusal('./nowhere', t.places())).toMatch(/there is no folder \.\/nowhere in the workspace/);
  await t.write('empty/readme', '');
  expect(await refusal('./empty', t.places())).toMatch(/no action\.yml, action\.yaml or Dockerfile in \.\/empty/);
  await t.write('js/action.yml', 'runs: { using: node20, main: dist/index.js }');
  expect(await refusal('./js', t.places())).toMatch(/\.\/js\/action\.yml names the file dist\/index\.js, which is not/);
  expect(await refusal('nonsense', t.places())).toMatch(/names no action; it must be \.\/path/);
});

test('a remote action is fetched once per commit, and its ref looked up once per job', async () => {
  await using repository = await createRepository(NODE_ACTION);
  await repository.git('tag', '-a', 'v1', '-m', 'one');
  const { server, owner } = await serverOf(repository);
  await using t = await setUp({ server });
  const job = t.places();
  const first = await resolveAction(`${owner}/app@v1`, job);
  expect(first).toMatchObject({ kind: 'node' });
  expect(t.said).toEqual([expect.stringMatching(/^\[signalbox\] fetched .*\/app@v1 \([0-9a-f]{40}\) from file:/)]);
  await repository.commit('second', { 'index.js': 'second' });
  await repository.git('tag', '-f', 'v1');
  expect(await resolveAction(`${owner}/app@v1`, job)).toEqual(first);
  const later = await resolveAction(`${owner}/app@v1`, t.places());
  expect(later).not.toEqual(first);
  expect(await resolveAction(`${owner}/app@main`, t.places())).toEqual(later);
  expect(readdirSync(join(t.dir.path, 'cache'))).toHaveLength(2);
});

test('an action in a folder of a repository is found, and a version that is on this machine needs no network', async () => {
  await using repository = await createRepository({
    'sub/dir/action.yml': NODE_ACTION['action.yml'],
    'sub/dir/index.js': '',
  });
  const sha = await repository.git('rev-parse', 'HEAD');
  const { server, owner } = await serverOf(repository);
  await using t = await setUp({ server });
  const uses = `${owner}/app/sub/dir@${sha}`;
  expect(await resolveAction(uses, t.places())).toMatchObject({ kind: 'node' });
  await repository[Symbol.asyncDispose]();
  expect(await resolveAction(uses, t.places())).toMatchObject({ kind: 'node' });
  expect(t.said).toHaveLength(1);
});

test('two jobs may fetch the same action at the same time', async () => {
  await using repository = await createRepository(NODE_ACTION);
  const { server, owner } = await serverOf(repository);
  await using t = await setUp({ server });
  const all = await Promise.all([1, 2, 3].map(() => resolveAction(`${owner}/app@main`, t.places())));
  expect(new Set(all.map((action) => JSON.stringify(action)))).toHaveLength(1);
  expect(readdirSync(join(t.dir.path, 'cache'))).toHaveLength(1);
});

test('a ref, a commit or a server that is not there is an error that says which', async () => {
  await using repository = await createRepository(NODE_ACTION);
  const { server, owner } = await serverOf(repository);
  await using t = await setUp({ server });
  expect(await refusal(`${owner}/app@v9`, t.places())).toMatch(/app has no branch and no tag v9 at /);
  expect(await refusal(`${owner}/app@abcdef1`, t.places())).toMatch(/named by its full id/);
  expect(await refusal(`${owner}/app@${'1'.repeat(40)}`, t.places())).toMatch(/app has no commit 1{40}/);
  expect(await refusal(`${owner}/other@main`, t.places())).toMatch(/cannot be fetched from .*other/);
  await using closed = await setUp();
  expect(await refusal('acme/lint@v1', closed.places())).toMatch(
    /acme\/lint@v1 cannot be fetched from http:\/\/127\.0\.0\.1:1\/acme\/lint \(Failed to connect .*\); this machine needs a way to that server, or a mirror of it that "actions: \{ server: … \}"/,
  );
  expect(existsSync(join(closed.dir.path, 'cache'))).toBe(false);
});

test('what needs a token of GitHub is refused in words where there is none', async () => {
  await using t = await setUp();
  const places = { ...t.places(), hasToken: false };
  expect(await refusal('actions/github-script@v7', places)).toMatch(/asks GitHub with a token, and this job has none/);
  expect(await refusal('actions/github-script@v7', t.places())).toMatch(/cannot be fetched from/);
});

test('what the configuration does not allow is refused before any network', async () => {
  await using t = await setUp({ allow: ['acme/*'], pinned: true });
  expect(await refusal('evil/lint@v1', t.places())).toMatch(/not among those that signalbox\.yml allows/);
  expect(await refusal('acme/lint@v1', t.places())).toMatch(/not pinned, .* in the place of "v1"/);
});
