import { expect, test } from 'vitest';
import type { ReuseSetting } from '../../src/config/config.ts';
import { fingerprintOf } from '../../src/workflow/reuse.ts';
import { DEFAULTS } from '../support/ci.ts';
import { commitOf, newRepository, pushOf, shaOf } from '../support/store.ts';
import { startWeb } from '../support/web.ts';

const HASH = 'a'.repeat(43);
const PARTS = { tree: shaOf(7), event: 'push', path: '', work: HASH, settings: HASH };
const VERDICT = {
  ...{ repository: 'local/app', tree: shaOf(7), event: 'push', workflow: '', work: HASH, settings: HASH },
  ...{ conclusion: 'success', duration_ms: 1_200 },
};

async function open(reuse: ReuseSetting = 'tree', host = '127.0.0.1', publicUrl: string | null = null) {
  const config = { http: { host, port: 8080 }, publicUrl, repositories: new Map(), defaults: { ...DEFAULTS, reuse } };
  const web = await startWeb({ config });
  const repository = await web.store.addRepository(newRepository(), web.clock.now());
  return { ...web, repository: repository.id };
}

/** Does a run of that tree take over a verdict? */
async function isTakenOver({ store, clock, repository }: Awaited<ReturnType<typeof open>>): Promise<boolean> {
  const commit = commitOf(1);
  const plan = { ...commit.plan, reuse: { fingerprint: fingerprintOf(PARTS), parts: PARTS, isOn: true } };
  const [run = 0] = await store.dispatch(pushOf(repository, [{ ...commit, plan }]), clock.now());
  return (await store.run(run))?.run.reusedFrom !== null;
}

test.each(['local/app', '/src/local/app'])('a verdict of signalbox run for %s counts for the commit', async (name) => {
  await using web = await open();
  const answer = await web.change('POST', '/api/verdicts', { ...VERDICT, repository: name });
  expect([answer.status, answer.json()]).toEqual([201, { repository: 'local/app', tree: shaOf(7), workflow: '' }]);
  expect(await isTakenOver(web)).toBe(true);
});

test.each<[string, Parameters<typeof open>]>([
  ['where it is off', ['off']],
  ['where it is on for another workflow only', [{ 'ci.yml': 'tree' }]],
  ['by a server that others can reach', ['tree', '0.0.0.0']],
  ['by a server with a public address', ['tree', '127.0.0.1', 'https://ci.example.org']],
])('no verdict is taken %s', async (_, given) => {
  await using web = await open(...given);
  const answer = await web.change('POST', '/api/verdicts', VERDICT);
  expect([answer.status, answer.json<{ error: { code: string } }>().error.code]).toEqual([403, 'E_VERDICT_REFUSED']);
  expect(await isTakenOver(web)).toBe(false);
});

test.each<[string, object, number]>([
  ['a failure', { conclusion: 'failure' }, 400],
  ['a fingerprint', { fingerprint: HASH }, 400],
  ['half a tree', { tree: 'abc' }, 400],
  ['a schedule', { event: 'schedule' }, 400],
  ['a repository that is not watched', { repository: 'local/other' }, 404],
])('%s is refused', async (_, more, status) => {
  await using web = await open();
  expect((await web.change('POST', '/api/verdicts', { ...VERDICT, ...more })).status).toBe(status);
  expect(await isTakenOver(web)).toBe(false);
});

test('nobody without the token is believed', async () => {
  await using web = await open();
  const headers = { 'content-type': 'application/json' };
  const answer = await web.ask('/api/verdicts', { method: 'POST', headers, body: JSON.stringify(VERDICT) });
  expect(answer.status).toBe(401);
  expect(await isTakenOver(web)).toBe(false);
});
