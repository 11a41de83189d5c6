import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { announceVerdicts } from '../../src/cli/announce.ts';
import type { DispatcherRole } from '../../src/cli/dispatcher-role.ts';
import { findRepository, repositoryNamed } from '../../src/cli/find-repository.ts';
import { findRun } from '../../src/cli/find-run.ts';
import type { ServerKit } from '../../src/cli/serve.ts';
import { StartedParts } from '../../src/cli/started-parts.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { Api } from '../../src/protocol/api.ts';
import { createLogger } from '../../src/support/logger.ts';
import { createRepository } from '../support/repository.ts';
import { commitOf, newRepository, plannedJob, pushOf, resultOf } from '../support/store.ts';
import { leasedJob, startWeb, type TestWeb, TOKEN } from '../support/web.ts';

let web: TestWeb;
let api: Api;

beforeEach(async () => {
  web = await startWeb();
  api = new Api(web.http.url, TOKEN);
});
afterEach(() => web[Symbol.asyncDispose]());

/** A repository with runs of so many commits; `n` makes its commits other ones than those of another repository. */
async function watch(name: string, gitDir: string, n: number, commits = 1): Promise<readonly number[]> {
  const { store, clock } = web;
  const { id } = await store.addRepository({ ...newRepository(), name, sources: [gitDir], gitDir }, clock.now());
  const all = Array.from({ length: commits }, (_, at) => commitOf(n + at, [plannedJob()]));
  return store.dispatch(pushOf(id, all), clock.now());
}

describe('a run is named by', () => {
  const cwd = '/';

  test('its repository and number, as it is printed, by the end of that name, or by the repository alone', async () => {
    const [first] = await watch('local/app', '/code/app/.git', 1, 2);
    const [other] = await watch('acme/web', '/code/web/.git', 3);
    expect(await findRun(api, 'local/app#1', { cwd })).toMatchObject({ id: first });
    expect(await findRun(api, 'app#2', { cwd })).toMatchObject({ repository: 'local/app', number: 2 });
    expect(await findRun(api, 'app', { cwd })).toMatchObject({ repository: 'local/app', number: 2 });
    expect(await findRun(api, '/code/web/.git', { cwd })).toMatchObject({ id: other });
    expect(await findRun(api, '#2', { cwd })).toMatchObject({ repository: 'local/app' });
    await expect(findRun(api, '#1', { cwd })).rejects.toThrow('#1 could be acme/web#1 or local/app#1; say which');
    await expect(findRun(api, 'app#3', { cwd })).rejects.toThrow('there is no run local/app#3');
    await expect(findRun(api, 'nope', { cwd })).rejects.toThrow('"nope" names no run');
    await expect(findRun(api, 'abcdef', { cwd })).rejects.toThrow('there is no run of a commit abcdef');
  });

  test('nothing: the newest of the repository that one is in, else of all', async () => {
    await using repository = await createRepository({ 'sub/a': 'a' });
    const [here] = await watch('local/here', `${repository.path}/.git`, 1);
    const [newer] = await watch('local/newer', '/code/newer/.git', 2);
    expect(await findRun(api, undefined, { cwd: `${repository.path}/sub` })).toMatchObject({ id: here });
    expect(await findRun(api, '#1', { cwd: repository.path })).toMatchObject({ id: here });
    expect(await findRun(api, undefined, { cwd })).toMatchObject({ id: newer });
    expect(await findRun(api, undefined, { cwd: repository.path, repository: 'newer' })).toMatchObject({ id: newer });
    expect(await findRepository(api, '.', `${repository.path}/sub`)).toMatchObject({ name: 'local/here' });
  });

  test('what git calls its commit in the watched repository that one is in', async () => {
    await using repository = await createRepository({ a: 'a' });
    const cwd = repository.path;
    const first = await repository.git('rev-parse', 'HEAD');
    await repository.git('branch', 'topic');
    const sha = await repository.commit('second', { a: 'b' });
    const { store, clock } = web;
    const added = { ...newRepository(), name: 'local/here', sources: [cwd], gitDir: `${cwd}/.git` };
    const { id } = await store.addRepository(added, clock.now());
    const [run] = await store.dispatch(pushOf(id, [{ ...commitOf(1, [plannedJob()]), sha }]), clock.now());
    for (const name of ['HEAD', '@', 'main']) expect(await findRun(api, name, { cwd })).toMatchObject({ id: run });
    const none = `there is no run of topic (${first.slice(0, 9)})`;
    await expect(findRun(api, 'topic', { cwd })).rejects.toThrow(none);
    await store.addRepository(
      { ...newRepository(), name: 'local/topic', sources: ['/t'], gitDir: '/t/.git' },
      clock.now(),
    );
    await expect(findRun(api, 'topic', { cwd })).rejects.toThrow('there is no run of local/topic yet');
    await expect(findRun(api, 'HEAD~9', { cwd })).rejects.toThrow('git knows no commit "HEAD~9"');
    await expect(findRun(api, 'HEAD', { cwd: '/' })).rejects.toThrow('git knows no commit "HEAD" in /');
  });
});

test('the end of a repository’s name is enough where it is clear, and a mistyped one is told', async () => {
  await watch('local/app', '/code/app/.git', 1);
  await watch('acme/app', '/code/other/.git', 2);
  await watch('acme/web', '/code/web/.git', 3);
  expect(await repositoryNamed(api, 'web', '/')).toBe('acme/web');
  await expect(repositoryNamed(api, 'app', '/')).rejects.toThrow('"app" could be acme/app or local/app; say which');
  await expect(repositoryNamed(api, 'wep', '/')).rejects.toThrow('no repository "wep" is watched');
  expect(await repositoryNamed(api, 'acme/gone', '/')).toBe('acme/gone');
});

test('the terminal of the server tells each verdict once, those of before not', async () => {
  const before = await leasedJob(web);
  await web.store.finish(resultOf(before.job, 1), web.clock.now());
  const lines: string[] = [];
  const output = { write: (text: string | Uint8Array) => lines.push(String(text)), isTTY: false };
  const parts = new StartedParts();
  const context = { terminal: new Terminal(output, output, {}), env: {}, cwd: '/' };
  const kit = { context, parts, clock: web.clock, logger: createLogger('silent') };
  await announceVerdicts(kit as unknown as ServerKit, { web } as unknown as DispatcherRole);
  for (const n of [2, 3]) {
    const { job } = await leasedJob(web, n);
    await web.store.finish(resultOf(job, 1, { conclusion: n === 2 ? 'failure' : 'success' }), web.clock.now());
  }
  await parts.end();
  expect(lines).toEqual([
    expect.stringMatching(/^\S+ {2}✗ failed {2}local\/app#2 {2}main .*commit 2\n$/),
    expect.stringMatching(/^\S+ {2}✓ passed {2}local\/app#3 {2}main .*commit 3\n$/),
  ]);
});
