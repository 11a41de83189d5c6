import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Json } from '../../src/model/workflow.ts';
import { baseEnvironment, jobEnvironment } from '../../src/runner/environment.ts';
import { trustOf } from '../../src/runner/execution-order.ts';
import { SPEC } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';

test('only what is known to be harmless passes', () => {
  const own = {
    PATH: '/bin',
    LC_TIME: 'C',
    TZ: 'UTC',
    JAVA_HOME: '/java',
    TOKEN: 'x',
    HOME: '/root',
    NODE_OPTIONS: 'y',
  };
  expect(baseEnvironment(own, '/nowhere')).toEqual({ PATH: '/bin', LC_TIME: 'C', TZ: 'UTC', JAVA_HOME: '/java' });
});

test('tools that live in the home of the user are found although a job has a home of its own', async () => {
  await using home = await tempDir();
  await mkdir(join(home.path, '.rustup'));
  await mkdir(join(home.path, '.pyenv'));
  expect(baseEnvironment({ PATH: '/bin', PYENV_ROOT: '/opt/pyenv' }, home.path)).toEqual({
    PATH: '/bin',
    PYENV_ROOT: '/opt/pyenv',
    RUSTUP_HOME: join(home.path, '.rustup'),
  });
});

test('without a PATH there is still one', () => {
  expect(baseEnvironment({}, '/nowhere').PATH).toBe('/usr/local/bin:/usr/bin:/bin');
});

test('a job of a stranger gets no variable that the repository lets pass to its own jobs', () => {
  const repository = (full_name: string) => ({ repo: { full_name } });
  const pull = { pull_request: { head: repository('eve/app'), base: repository('acme/app') } };
  const places = { workspace: '/w', home: '/h', tmp: '/t', caches: '/c' };
  const context = { marker: 'm', runnerName: 'r', base: {}, own: { NPM_TOKEN: 'secret' } };
  const envOf = (event: string, payload: object) => {
    const github = { event: payload } as Record<string, Json>;
    const order = {
      ...{ job: 1, execution: 1, run: { id: 1, number: 1, attempt: 1, event, ref: 'refs/pull/1/merge' } },
      ...{ repository: { id: 1, name: 'acme/app' }, sha: 'a', tree: null, spec: { ...SPEC, envPass: ['NPM_TOKEN'] } },
      contexts: { github, inputs: {}, matrix: {}, strategy: {}, needs: {}, vars: {}, secrets: {} },
      git: { objects: [], path: '', ticket: '' },
    };
    return [trustOf(order), jobEnvironment(order, places, context).NPM_TOKEN];
  };
  expect(envOf('pull_request', pull)).toEqual(['stranger', undefined]);
  expect(envOf('pull_request_target', pull)).toEqual(['stranger', undefined]);
  expect(envOf('push', {})).toEqual(['trusted', 'secret']);
});

test('Maven keeps what it downloads in the cache of the repository, older than 3.9 or not, where its script can take that', () => {
  const order = {
    ...{ job: 1, execution: 1, run: { id: 1, number: 1, attempt: 1, event: 'push', ref: 'refs/heads/main' } },
    ...{ repository: { id: 1, name: 'acme/app' }, sha: 'a', tree: null, spec: SPEC },
    git: { objects: [], path: '', ticket: '' },
  };
  const context = { marker: 'm', runnerName: 'r', base: {}, own: {} };
  const envOf = (caches: string) => jobEnvironment(order, { workspace: '/w', home: '/h', tmp: '/t', caches }, context);
  const option = '-Dmaven.repo.local=/c/m2';
  expect(envOf('/c')).toMatchObject({ MAVEN_ARGS: option, MAVEN_OPTS: option });
  expect(Object.keys(envOf('/with space'))).not.toContain('MAVEN_OPTS');
});
