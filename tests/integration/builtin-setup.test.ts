import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type BuiltinWishes, startBuiltins } from '../support/builtin.ts';

/** A job on a machine that has nothing but what is put there. */
async function startBare(wishes: BuiltinWishes = {}) {
  const job = await startBuiltins({ ...wishes, env: { PATH: '/nowhere', ...wishes.env } });
  const program = (path: string, text = '#!/bin/sh\n') => {
    const file = join(job.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    chmodSync(file, 0o755);
    return dirname(file);
  };
  const file = (path: string, text: string) => {
    mkdirSync(dirname(join(job.workspace, path)), { recursive: true });
    writeFileSync(join(job.workspace, path), text);
  };
  return { ...job, program, file };
}

const SUCCESS = { conclusion: 'success' };

describe('setup-node', () => {
  async function startWithNodes(wishes: BuiltinWishes = {}) {
    const job = await startBare(wishes);
    for (const version of ['v18.19.0', 'v20.11.1', 'v21.0.0']) job.program(`nvm/versions/node/${version}/bin/node`);
    job.env.NVM_DIR = join(job.path, 'nvm');
    job.program('tools/node/22.1.0/x64/bin/node');
    return job;
  }

  test('takes the newest version in a range, and says which', async () => {
    await using job = await startWithNodes();
    const chosen = async (version: string) => {
      expect(await job.run('actions/setup-node', { 'node-version': version })).toEqual(SUCCESS);
      return job.outputs['node-version'];
    };
    expect(await chosen('20')).toBe('v20.11.1');
    expect(job.said).toEqual([`[signalbox] node 20.11.1 from ${job.path}/nvm/versions/node/v20.11.1/bin (nvm)`]);
    expect(job.env.PATH).toMatch(new RegExp(`^${job.path}/nvm/versions/node/v20.11.1/bin:`));
    expect(await chosen('>=18 <20')).toBe('v18.19.0');
    expect(await chosen('18.x')).toBe('v18.19.0');
    expect(await chosen('lts/*')).toBe(process.arch === 'x64' ? 'v22.1.0' : 'v20.11.1');
    expect(await chosen('lts/hydrogen')).toBe('v18.19.0');
    expect(await chosen('v21.0.0')).toBe('v21.0.0');
  });

  test('a version that is not there is an error that lists what is', async () => {
    await using job = await startWithNodes();
    const end = await job.run('actions/setup-node', { 'node-version': '19' });
    expect(end).toMatchObject({
      conclusion: 'error',
      reason: expect.stringMatching(/^Node 19 is not on this runner: it has .*21\.0\.0 \(nvm\).*18\.19\.0 \(nvm\)/),
    });
    expect(await job.run('actions/setup-node', { 'node-version': 'x y' })).toMatchObject({ conclusion: 'error' });
  });

  test('the nearest version is taken where the configuration allows it', async () => {
    await using job = await startWithNodes({ settings: { nearestVersion: true } });
    expect(await job.run('actions/setup-node', { 'node-version': '20.9.0' })).toEqual(SUCCESS);
    expect(job.outputs['node-version']).toBe('v20.11.1');
    expect(job.annotations[0]?.message).toMatch(/node 20\.9\.0 is not on this runner; 20\.11\.1, the nearest/);
  });

  test('the version comes from a file, in each of the forms that there are', async () => {
    await using job = await startWithNodes();
    const files = {
      '.nvmrc': 'v18\n',
      '.tool-versions': 'python 3.12\nnodejs 20.11.1\n',
      'package.json': '{"engines":{"node":">=18 <19"}}',
      'volta.json': '{"volta":{"node":"21.0.0"},"engines":{"node":"18"}}',
    };
    for (const [name, text] of Object.entries(files)) job.file(name, text);
    const chosen = async (name: string) => {
      const end = await job.run('actions/setup-node', { 'node-version-file': name });
      return end.conclusion === 'success' ? job.outputs['node-version'] : end.reason;
    };
    expect(await chosen('.nvmrc')).toBe('v18.19.0');
    expect(await chosen('.tool-versions')).toBe('v20.11.1');
    expect(await chosen('package.json')).toBe('v18.19.0');
    expect(await chosen('volta.json')).toBe('v21.0.0');
    expect(await chosen('nowhere')).toBe('the file nowhere of node-version-file does not exist');
  });

  test('without a version, the node of the PATH is used', async () => {
    await using job = await startBuiltins();
    expect(await job.run('actions/setup-node')).toEqual(SUCCESS);
    expect(job.outputs['node-version']).toBe(process.version);
  });

  test('writes what npm needs for a registry, and keeps downloads where there is a lock file', async () => {
    await using job = await startWithNodes();
    const inputs = { 'node-version': '20', 'registry-url': 'https://registry.npmjs.org', scope: 'Acme', cache: 'pnpm' };
    expect(await job.run('actions/setup-node', inputs)).toMatchObject({
      conclusion: 'failure',
      reason: expect.stringMatching(/no lock file in the workspace \(pnpm-lock\.yaml\)/),
    });
    expect(readFileSync(job.env.NPM_CONFIG_USERCONFIG ?? '', 'utf8')).toBe(
      '//registry.npmjs.org/:_authToken=${NODE_AUTH_TOKEN}\n@acme:registry=https://registry.npmjs.org/\n',
    );
    job.file('pnpm-lock.yaml', '');
    expect(await job.run('actions/setup-node', inputs)).toEqual(SUCCESS);
    expect(job.outputs['cache-hit']).toBe('false');
    expect(job.env).toMatchObject({ npm_config_package_import_method: 'copy' });
  });
});

describe('setup-python', () => {
  test('gives the job an environment of its own, with pip in it', async () => {
    await using job = await startBuiltins();
    expect(await job.run('actions/setup-python')).toEqual(SUCCESS);
    const python = job.outputs['python-path'] ?? '';
    expect(python).toBe(join(job.env.pythonLocation ?? '', 'bin', 'python'));
    expect(job.env.PATH?.split(':')[0]).toBe(dirname(python));
    expect(existsSync(join(job.env.pythonLocation ?? '', 'bin', 'pip'))).toBe(true);
  });

  test('a version that is not there is an error that lists what is', async () => {
    await using job = await startBare();
    for (const version of ['3.12.1', 'pypy3.10-7.3.15', '3.13.0rc1'])
      job.program(`pyenv/versions/${version}/bin/python`);
    job.env.PYENV_ROOT = join(job.path, 'pyenv');
    expect(await job.run('actions/setup-python', { 'python-version': '3.11' })).toMatchObject({
      conclusion: 'error',
      reason: expect.stringMatching(
        /^Python 3\.11 is not on this runner: it has 3\.13\.0-rc1 \(pyenv\), 3\.12\.1 \(pyenv\)/,
      ),
    });
    expect(await job.run('actions/setup-python', { 'python-version': '3.13' })).toMatchObject({ conclusion: 'error' });
    expect(await job.run('actions/setup-python', { 'python-version': '3.13t' })).toMatchObject({
      reason: expect.stringMatching(/free-threaded/),
    });
  });

  test('the version comes from a file', async () => {
    await using job = await startBare();
    job.file('.python-version', '# ours\n3.9\n');
    job.file('pyproject.toml', '[project]\nrequires-python = ">=3.7,<3.9"\n');
    const reason = async (inputs: Record<string, string>) => (await job.run('actions/setup-python', inputs)).reason;
    expect(await reason({})).toMatch(/^Python 3\.9 is not on this runner: it has no Python at all/);
    expect(await reason({ 'python-version-file': 'pyproject.toml' })).toMatch(/^Python >=3\.7 <3\.9 is not/);
  });
});

describe('setup-go', () => {
  async function startWithGos() {
    const job = await startBare();
    for (const version of ['1.21.5', '1.22.1', '1.22.3']) job.program(`goenv/versions/${version}/bin/go`);
    job.env.GOENV_ROOT = join(job.path, 'goenv');
    return job;
  }

  test('takes the version that is asked for, or that go.mod names', async () => {
    await using job = await startWithGos();
    expect(await job.run('actions/setup-go', { 'go-version': '1.22' })).toEqual(SUCCESS);
    expect(job.outputs['go-version']).toBe('1.22.3');
    expect(job.env.GOTOOLCHAIN).toBe('local');
    job.file('go.mod', 'module x\n\ngo 1.21\n');
    expect(await job.run('actions/setup-go', { 'go-version-file': 'go.mod' })).toEqual(SUCCESS);
    expect(job.outputs['go-version']).toBe('1.21.5');
    job.file('go.mod', 'module x\n\ngo 1.21\n\ntoolchain go1.22.1\n');
    await job.run('actions/setup-go', { 'go-version-file': 'go.mod' });
    expect(job.outputs['go-version']).toBe('1.22.1');
    await job.run('actions/setup-go', { 'go-version': 'oldstable' });
    expect(job.outputs['go-version']).toBe('1.21.5');
  });

  test('a version that is not there is an error that lists what is', async () => {
    await using job = await startWithGos();
    expect(await job.run('actions/setup-go', { 'go-version': '1.18' })).toMatchObject({
      conclusion: 'error',
      reason: expect.stringMatching(/^Go 1\.18 is not on this runner: it has .*1\.22\.3 \(goenv\)/),
    });
  });
});

describe('setup-java', () => {
  async function startWithJavas() {
    const job = await startBare();
    const add = (name: string, release: string) => {
      job.program(`sdkman/candidates/java/${name}/bin/java`);
      writeFileSync(join(job.path, 'sdkman/candidates/java', name, 'release'), release);
    };
    add('99.0.2-tem', 'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="99.0.2"\n');
    add('99.0.3-zulu', 'IMPLEMENTOR="Azul Systems, Inc."\nJAVA_VERSION="99.0.3"\n');
    add('7', 'JAVA_VERSION="1.7.0_80"\n');
    job.env.SDKMAN_DIR = join(job.path, 'sdkman');
    return job;
  }

  test('prefers the wanted distribution, and takes another one with the version, saying so', async () => {
    await using job = await startWithJavas();
    const home = (name: string) => join(job.path, 'sdkman/candidates/java', name);
    expect(await job.run('actions/setup-java', { distribution: 'temurin', 'java-version': '99' })).toEqual(SUCCESS);
    expect(job.env.JAVA_HOME).toBe(home('99.0.2-tem'));
    expect(await job.run('actions/setup-java', { distribution: 'corretto', 'java-version': '99' })).toEqual(SUCCESS);
    expect(job.env.JAVA_HOME).toBe(home('99.0.3-zulu'));
    expect(job.said.at(-1)).toMatch(/it is by Azul Systems, Inc\.: this runner has no corretto/);
    await job.run('actions/setup-java', { distribution: 'temurin', 'java-version': '7' });
    expect(job.outputs).toMatchObject({ version: '7.0.80', path: home('7') });
  });

  test('what is missing, or not there, is said', async () => {
    await using job = await startWithJavas();
    expect(await job.run('actions/setup-java', { 'java-version': '99' })).toMatchObject({
      conclusion: 'failure',
      reason: expect.stringMatching(/distribution is missing/),
    });
    expect(await job.run('actions/setup-java', { distribution: 'temurin', 'java-version': '98' })).toMatchObject({
      conclusion: 'error',
      reason: expect.stringMatching(/^Java 98 is not on this runner: it has 99\.0\.3 \(sdkman\), 99\.0\.2 \(sdkman\)/),
    });
  });
});
