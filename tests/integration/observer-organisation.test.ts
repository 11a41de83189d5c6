import { createHmac, randomUUID } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ForgeSettings } from '../../src/config/config.ts';
import { Ci, DEFAULTS } from '../support/ci.ts';
import { startGitHttp } from '../support/git-http.ts';
import { pushHeaders, sign, startObserver, wireRepository } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const SECRET = 'the secret of acme';
const NOBODY = 'f'.repeat(40);

/** A forge with `acme/app`, and the settings of the webhook of all of acme. */
async function organisation(more: Partial<ForgeSettings> = {}) {
  const origin = await createRepository({ 'ci.sh': '#!/bin/sh\nexit 0\n' });
  const dir = await tempDir();
  await mkdir(join(dir.path, 'acme'));
  await symlink(join(origin.path, '.git'), join(dir.path, 'acme', 'app.git'));
  const server = await startGitHttp({ root: dir.path });
  const { url } = server;
  const webhookSecretFile = join(dir.path, 'webhook');
  await writeFile(webhookSecretFile, `${SECRET}\n`);
  const forge: ForgeSettings = {
    ...{
      kind: 'github',
      url,
      api: url,
      tokenFile: null,
      user: null,
      hasStatuses: false,
      allow: ['acme/*'],
      webhookSecretFile,
    },
    ...more,
  };
  return {
    ...{ origin, url, forges: [forge] },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

async function signed(body: object, { event = 'push', secret = SECRET } = {}) {
  const text = JSON.stringify(body);
  return [text, { ...pushHeaders(await sign(text, secret)), 'x-github-event': event }] as const;
}

const pushOf = (full_name: string, more: object = {}) => ({
  ...{ ref: 'refs/heads/main', before: '0'.repeat(40), after: NOBODY },
  repository: { full_name, clone_url: `https://evil.example/${full_name}.git` },
  ...more,
});

test('a repository of an allowed organisation is added by its first push, and exactly that push is tested', async () => {
  await using org = await organisation();
  const { origin, forges } = org;
  await using ci = await Ci.start({
    config: { defaults: DEFAULTS, repositories: new Map(), classicRepository: null, forges },
  });
  const [host = '', port] = ci.address.split(':');
  const dispatcher = async () => ({ host, port: Number(port) });
  await using observed = await startObserver({ forges, dispatcher, token: () => 'token' });
  const before = await origin.git('rev-parse', 'HEAD');
  const shas = [await origin.commit('one'), await origin.commit('two')];
  const answer = await observed.post(...(await signed(pushOf('acme/app', { before, after: shas[1] }))));
  expect(answer.status).toBe(202);
  const again = await observed.post(...(await signed(pushOf('acme/app', { before, after: shas[1] }))));
  expect(again.status).toBe(202);
  const runs = async () => (await ci.store.runs({ limit: 10 })).map(({ sha }) => sha);
  await waitFor('both runs', async () => (await runs()).length === 2);
  expect((await runs()).sort()).toEqual([...shas].sort());
  await waitFor('all processed', () => observed.observer.waiting === 0);
  expect(await runs()).toHaveLength(2);
  const repositories = await ci.store.repositories();
  expect(repositories.map(({ name, sources }) => [name, sources])).toEqual([['acme/app', [`${org.url}/acme/app.git`]]]);
  const { deliveries } = (await observed.get('/api/deliveries')) as { deliveries: { outcome: string }[] };
  expect(deliveries.map(({ outcome }) => outcome).some((outcome) => outcome.startsWith('2 commits dispatched'))).toBe(
    true,
  );
});

test('what waits for a dispatcher is added when there is one, after a restart too', async () => {
  await using org = await organisation();
  await using ci = await startObserver({ forges: org.forges });
  const sha = await org.origin.git('rev-parse', 'HEAD');
  expect((await ci.post(...(await signed(pushOf('acme/app', { after: sha }))))).status).toBe(202);
  await ci.door.until('the question', ({ added }) => added.length === 1);
  await ci.door.close();
  const remote = await wireRepository(org.origin, {
    name: 'acme/app',
    sources: [`${org.url}/acme/app.git`],
    baseline: {},
  });
  ci.door.answerAdd = ({ request }) => {
    ci.door.setRepositories([remote]);
    return { type: 'dispatched', request, runs: [], repository: 1 };
  };
  await ci.door.open();
  await ci.restart();
  await ci.door.untilSha(sha);
  expect(ci.door.of(sha)).toMatchObject({ repository: 1, trigger: 'webhook' });
  expect(ci.door.added.at(-1)).toMatchObject({ before: { ref: 'refs/heads/main', sha: '0'.repeat(40) } });
});

test('a wrong signature, and a repository that nobody knows, get the same answer with and without an organisation', async () => {
  await using org = await organisation();
  await using ci = await startObserver({ forges: org.forges });
  const bodies = [
    await signed(pushOf('acme/app'), { secret: 'a guess' }),
    await signed(pushOf('eve/app'), { secret: 'a guess' }),
    await signed({}, { secret: 'a guess' }),
    await signed({}, { event: 'ping', secret: 'a guess' }),
  ];
  const answers = await Promise.all(bodies.map((body) => ci.post(...body)));
  const texts = await Promise.all(answers.map(async (answer) => `${answer.status} ${await answer.text()}`));
  expect(new Set(texts).size).toBe(1);
  expect(texts[0]).toMatch(/^401 .*E_DELIVERY_REFUSED/);
  expect(ci.door.added).toEqual([]);
});

test('what was ignored since it was not watched is taken when its forge delivers it again and it is', async () => {
  await using org = await organisation();
  await using repository = await createRepository({ a: '1' });
  const own = await wireRepository(repository, { name: 'eve/app', secret: SECRET });
  await using ci = await startObserver({ forges: org.forges, isWatching: false });
  const after = await repository.commit('two');
  const [body, said] = await signed(pushOf('eve/app', { after }));
  const headers = { ...said, 'x-github-delivery': 'one' };
  const again = async () => {
    const { status } = await ci.post(body, headers);
    const held = (await ci.get('/api/deliveries/one')) as { status: string };
    return [status, held.status === 'ignored'];
  };
  expect([await again(), await again()]).toEqual([
    [202, true],
    [200, true],
  ]);
  ci.door.setRepositories([own]);
  await waitFor('the repository', () => ci.observer.repositories.length === 1);
  expect(await again()).toEqual([202, false]);
  await ci.door.untilSha(after);
  expect(await again()).toEqual([200, false]);
});

test('the secret of an organisation speaks for what is allowed, on its own forge and of its own kind', async () => {
  await using org = await organisation();
  await using elsewhere = await createRepository({ a: '1' });
  const known = await wireRepository(elsewhere, { name: 'acme/app', sources: ['https://other.example/acme/app.git'] });
  await using ci = await startObserver({ forges: org.forges, repositories: [known] });
  const outcomeOf = async (...post: Parameters<typeof ci.post>) => {
    const answer = await ci.post(...post);
    if (answer.status !== 202) return String(answer.status);
    const { delivery } = (await answer.json()) as { delivery: string };
    const shown = (await ci.get(`/api/deliveries/${delivery}`)) as { outcome: string | null };
    return shown.outcome;
  };
  expect(await outcomeOf(...(await signed(pushOf('eve/app'))))).toBe(
    'the repository is not among those that are allowed',
  );
  expect(await outcomeOf(...(await signed(pushOf('acme/../eve/app'))))).toBe(
    'the repository is not among those that are allowed',
  );
  const gone = pushOf('acme/app', { after: '0'.repeat(40) });
  expect(await outcomeOf(...(await signed(gone)))).toBe(
    'acme/app is not watched yet; it is added when it first pushes',
  );
  const opened = await signed({ ...pushOf('acme/app'), ...{ issue: {}, action: 'opened' } }, { event: 'issues' });
  expect(await outcomeOf(...opened)).toBe('acme/app is not watched yet; it is added when it first pushes');
  const ping = await signed({ zen: 'Design for failure.', organization: { login: 'acme' } }, { event: 'ping' });
  expect((await ci.post(...ping)).status).toBe(200);
  expect(((await ci.get('/api/deliveries?limit=1')) as { deliveries: object[] }).deliveries).toMatchObject([
    { event: 'ping', answer: 200, outcome: 'a ping: this webhook is set up well' },
  ]);
  const text = JSON.stringify(pushOf('acme/app'));
  const hex = createHmac('sha256', SECRET).update(text).digest('hex');
  const gitea = { 'x-gitea-event': 'push', 'x-gitea-delivery': randomUUID(), 'x-gitea-signature': hex };
  expect(await outcomeOf(text, { 'content-type': 'application/json', ...gitea })).toBe('401');
  expect(ci.door.added).toEqual([]);
});
