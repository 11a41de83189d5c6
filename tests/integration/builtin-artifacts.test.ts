import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { FolderArtifacts } from '../../src/runner/actions/folder-artifacts.ts';
import { startBuiltins } from '../support/builtin.ts';
import { tempDir } from '../support/temp.ts';

const SUCCESS = { conclusion: 'success' };

/** Two jobs of one run. */
async function startRun() {
  const dir = await tempDir();
  const artifacts = new FolderArtifacts(join(dir.path, 'artifacts'));
  const [up, down] = [await startBuiltins({ artifacts }), await startBuiltins({ artifacts })];
  const write = (...paths: string[]) => {
    for (const path of paths) {
      mkdirSync(dirname(join(up.workspace, path)), { recursive: true });
      writeFileSync(join(up.workspace, path), path);
    }
  };
  const got = () => {
    const entries = readdirSync(down.workspace, { recursive: true, withFileTypes: true });
    return entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : [])).sort();
  };
  return {
    ...{ up, down, write, artifacts },
    got: () => got().map((path) => path.slice(down.workspace.length + 1)),
    async [Symbol.asyncDispose]() {
      for (const each of [up, down, dir]) await each[Symbol.asyncDispose]();
    },
  };
}

test('what one job uploads, another one downloads', async () => {
  await using run = await startRun();
  run.write('dist/a.js', 'dist/sub/b.js', 'dist/c.map', 'dist/.hidden', 'other/x');
  expect(await run.up.run('actions/upload-artifact', { name: 'site', path: 'dist/\n!dist/**/*.map' })).toEqual(SUCCESS);
  expect(run.up.outputs).toMatchObject({
    'artifact-id': '1',
    'artifact-digest': expect.stringMatching(/^[0-9a-f]{64}$/),
    'artifact-url': expect.stringMatching(/^file:/),
  });
  expect(await run.down.run('actions/download-artifact', { name: 'site', path: 'got' })).toEqual(SUCCESS);
  expect(run.got()).toEqual(['got/a.js', 'got/sub/b.js']);
  expect(readFileSync(join(run.down.workspace, 'got/sub/b.js'), 'utf8')).toBe('dist/sub/b.js');
  expect(run.down.outputs['download-path']).toBe(join(run.down.workspace, 'got'));
});

test('the folders in an artifact begin below what its patterns have in common', async () => {
  await using run = await startRun();
  run.write('out/a/one.txt', 'out/b/two.txt', 'out/b/three.log');
  const names = async (name: string, path: string) => {
    await run.up.run('actions/upload-artifact', { name, path });
    await run.down.run('actions/download-artifact', { name, path: name });
    return run
      .got()
      .filter((file) => file.startsWith(`${name}/`))
      .map((file) => file.slice(name.length + 1));
  };
  expect(await names('single', 'out/a/one.txt')).toEqual(['one.txt']);
  expect(await names('star', 'out/**/*.txt')).toEqual(['a/one.txt', 'b/two.txt']);
  expect(await names('several', 'out/a\nout/b/*.log')).toEqual(['a/one.txt', 'b/three.log']);
});

test('without a name all artifacts come, each in its folder, or together', async () => {
  await using run = await startRun();
  run.write('a.txt', 'b.txt', 'c.txt');
  for (const name of ['a', 'b', 'c'])
    await run.up.run('actions/upload-artifact', { name: `x-${name}`, path: `${name}.txt` });
  await run.down.run('actions/download-artifact', { path: 'all' });
  await run.down.run('actions/download-artifact', { path: 'flat', pattern: 'x-[ab]', 'merge-multiple': 'true' });
  expect(run.got()).toEqual(['all/x-a/a.txt', 'all/x-b/b.txt', 'all/x-c/c.txt', 'flat/a.txt', 'flat/b.txt']);
});

test('a name is taken once, unless it may be overwritten', async () => {
  await using run = await startRun();
  run.write('a.txt');
  const inputs = { name: 'a', path: 'a.txt' };
  await run.up.run('actions/upload-artifact', inputs);
  expect(await run.up.run('actions/upload-artifact', inputs)).toMatchObject({
    conclusion: 'failure',
    reason: expect.stringMatching(/an artifact named a exists already in this run/),
  });
  expect(await run.up.run('actions/upload-artifact', { ...inputs, overwrite: 'true' })).toEqual(SUCCESS);
  expect(await run.artifacts.list()).toMatchObject([{ id: 2, name: 'a' }]);
});

test('no files are a warning, an error or nothing, as it is asked for', async () => {
  await using run = await startRun();
  expect(await run.up.run('actions/upload-artifact', { path: 'nothing' })).toEqual(SUCCESS);
  expect(run.up.annotations[0]?.message).toMatch(/^no files were found with the path: nothing/);
  const ends = async (wish: string) => run.up.run('actions/upload-artifact', { path: 'x', 'if-no-files-found': wish });
  expect(await ends('error')).toMatchObject({ conclusion: 'failure' });
  expect(await ends('ignore')).toEqual(SUCCESS);
  expect(await run.artifacts.list()).toEqual([]);
});

test('what is not there, or cannot be named so, is said', async () => {
  await using run = await startRun();
  run.write('a.txt');
  await run.up.run('actions/upload-artifact', { name: 'a', path: 'a.txt' });
  expect(await run.down.run('actions/download-artifact', { name: 'b' })).toEqual({
    conclusion: 'failure',
    reason: 'this run has no artifact b: it has a',
  });
  expect(await run.up.run('actions/upload-artifact', { name: 'a/b', path: 'a.txt' })).toMatchObject({
    reason: 'the artifact name "a/b" has "/" in it, which is not allowed',
  });
  expect(await run.down.run('actions/download-artifact', { name: 'a', 'run-id': '77' })).toMatchObject({
    conclusion: 'error',
  });
});

test('hidden files come if they are asked for, and links lead to what they mean', async () => {
  await using run = await startRun();
  run.write('d/.env', 'd/x', '.secret/y');
  symlinkSync('x', join(run.up.workspace, 'd/link'));
  symlinkSync('nowhere', join(run.up.workspace, 'd/broken'));
  symlinkSync('..', join(run.up.workspace, 'd/loop'));
  await run.up.run('actions/upload-artifact', { name: 'h', path: 'd', 'include-hidden-files': 'true' });
  await run.down.run('actions/download-artifact', { name: 'h' });
  expect(run.got()).toEqual(expect.arrayContaining(['.env', 'link', 'x']));
  expect(run.got()).not.toContain('broken');
});

test('several artifacts can be merged into one', async () => {
  await using run = await startRun();
  run.write('a.txt', 'b.txt');
  for (const name of ['a', 'b']) await run.up.run('actions/upload-artifact', { name, path: `${name}.txt` });
  expect(await run.up.run('actions/upload-artifact/merge', { name: 'all', pattern: '[ab]' })).toEqual(SUCCESS);
  await run.down.run('actions/download-artifact', { name: 'all' });
  expect(run.got()).toEqual(['a.txt', 'b.txt']);
  expect(await run.up.run('actions/upload-artifact/merge', { pattern: 'x*' })).toMatchObject({ conclusion: 'failure' });
});
