import { expect, test } from 'vitest';
import type { ForgeSettings } from '../../src/config/config.ts';
import { FROM_A_FORK } from '../../src/model/trust.ts';
import { startGithubApi } from '../support/github-api.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { pushHeaders, sign, startObserver, wireRepository } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

const TOKEN = 'ghp_token';
const PULLS = '/repos/acme/app/pulls?state=open&sort=updated&direction=desc&per_page=100';

/** An observer of `acme/app`, on a forge with an API. The repository itself is a folder: git is asked nothing of the forge. */
async function observed(kind: ForgeSettings['kind'] = 'github') {
  const api = await startGithubApi(TOKEN);
  const origin = await createRepository({ a: '1' });
  const forge = {
    kind,
    url: api.url,
    api: api.url,
    tokenFile: null,
    user: null,
    hasStatuses: false,
    allow: [],
    webhookSecretFile: null,
  };
  const credential = { kind: 'token', user: 'x-token-auth', token: TOKEN } as const;
  const sources = [origin.path, `${api.url}/acme/app.git`];
  const repository = await wireRepository(origin, { name: 'acme/app', sources, credential });
  return {
    ...{ api, origin, repository, forges: [forge] },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  };
}

function pullOf(number: number, sha: string, from = 'acme/app') {
  return {
    ...{ number, title: `change ${number}`, merge_commit_sha: null, user: { login: 'ada' } },
    head: { ref: 'topic', sha, repo: { full_name: from } },
    base: { ref: 'main', sha: 'b'.repeat(40), repo: { full_name: 'acme/app', default_branch: 'main' } },
  };
}

const shaOf = (digit: string) => digit.repeat(40);

test('deliveries that failed are fetched back from GitHub, each once, under the id that they had', async () => {
  await using place = await observed();
  const { api, origin, repository, forges } = place;
  const [one, two] = [await origin.commit('one'), await origin.commit('two')];
  const delivered_at = new Date().toISOString();
  const entry = (id: number, guid: string, status: string, event = 'push') => ({
    id,
    guid,
    status,
    event,
    delivered_at,
  });
  const push = (after: string) => ({
    request: {
      headers: {},
      payload: { ref: 'refs/heads/main', before: shaOf('0'), after, repository: { full_name: 'acme/app' } },
    },
  });
  const hooks = '/repos/acme/app/hooks';
  api.answers[`${hooks}?per_page=100`] = [
    { id: 7, config: { url: 'https://ci.example.org/webhooks' } },
    { id: 8, config: { url: 'https://chat.example.org/in' } },
  ];
  const list = [
    entry(1, 'guid-a', 'Invalid HTTP Response: 502'),
    entry(2, 'guid-b', 'timed out'),
    entry(3, 'guid-b', 'OK'),
    entry(4, 'guid-c', 'failed to connect', 'ping'),
  ];
  api.answers[`${hooks}/7/deliveries?per_page=100`] = list;
  api.answers[`${hooks}/7/deliveries/1`] = push(two);
  await using ci = await startObserver({ repositories: [repository], forges, isWatching: false });
  await ci.door.untilSha(two);
  expect(ci.door.shas).toEqual([one, two]);
  const fetched = async () => {
    const { deliveries } = (await ci.get('/api/deliveries')) as { deliveries: { id: string; trigger: string }[] };
    return deliveries.filter(({ trigger }) => trigger === 'webhook').map(({ id }) => id);
  };
  await waitFor('the delivery', async () => (await fetched()).length > 0);
  expect(await fetched()).toEqual(['guid-a']);
  expect(api.asked.filter((line) => line.includes('/deliveries/'))).toEqual([`GET ${hooks}/7/deliveries/1 -> 200`]);
  const before = api.asked.length;
  await ci.restart();
  await waitFor('the next look', () => api.asked.slice(before).some((line) => line.includes('/deliveries?')));
  expect(api.asked.slice(before).filter((line) => line.includes('/deliveries/'))).toEqual([]);
});

test('a token that may not see webhooks is complained of once, without the token', async () => {
  await using place = await observed();
  place.api.answers['/repos/acme/app/hooks?per_page=100'] = 403;
  await using ci = await startObserver({ repositories: [place.repository], forges: place.forges });
  const complaints = () => ci.logs.filter(({ msg }) => String(msg).startsWith('deliveries that failed'));
  await waitFor('the complaint', () => complaints().length > 0);
  expect(complaints()[0]?.why).toMatch(/the token may not do that$/);
  expect(JSON.stringify(ci.logs)).not.toContain(TOKEN);
});

test.each(['github', 'gitea'] as const)(
  'pull requests of %s are polled where no webhook comes: new heads only, and those of forks are held',
  async (kind) => {
    await using place = await observed(kind);
    const { api, repository, forges } = place;
    const path = kind === 'github' ? PULLS : '/repos/acme/app/pulls?state=open&sort=recentupdate&limit=50';
    api.answers[path] = [pullOf(1, shaOf('1'))];
    await using ci = await startObserver({
      repositories: [repository],
      forges,
      poll: { localSeconds: 3600, remoteSeconds: 0.1 },
    });
    const looks = () => api.asked.filter((line) => line.startsWith(`GET ${path}`));
    await waitFor('a second look', () => looks().length >= 2);
    expect(looks()[1]).toMatch(/304$/);
    expect(ci.door.events).toEqual([]); // was open before anybody looked
    api.answers[path] = [pullOf(2, shaOf('2'), 'eve/app'), pullOf(1, shaOf('3'))];
    await ci.door.until('both', ({ events }) => events.filter(({ name }) => name === 'pull_request').length === 2);
    const told = ci.door.events.filter(({ name }) => name === 'pull_request');
    expect(told.map(({ sha, trigger, payload, held }) => [sha, trigger, payload.action, held])).toEqual([
      [shaOf('3'), 'poll', 'synchronize', undefined],
      [shaOf('2'), 'poll', 'opened', FROM_A_FORK],
    ]);
    const before = looks().length;
    await ci.restart();
    await waitFor('looks after the restart', () => looks().length > before + 2);
    const occurrences = ci.door.events
      .filter(({ name }) => name === 'pull_request')
      .map(({ occurrence }) => occurrence);
    expect(new Set(occurrences).size).toBe(2); // what was not acknowledged before the restart is said again
  },
);

test('a pull request at a head is told once, whether its webhook or the poller is first', async () => {
  await using place = await observed();
  const { api, repository, forges } = place;
  api.answers[PULLS] = [];
  const clock = new ManualClock();
  await using ci = await startObserver({
    repositories: [repository],
    forges,
    clock,
    poll: { localSeconds: 3600, remoteSeconds: 60 },
  });
  const looks = () => api.asked.filter((line) => line.startsWith(`GET ${PULLS}`)).length;
  /** Connections are made anew as time passes. */
  const passing = (what: string, isThere: () => boolean) =>
    waitFor(what, () => {
      clock.advance(20);
      return isThere();
    });
  /** The time of the next one may not be set yet: the answer to the one before is still on its way. */
  const look = async () => {
    const before = looks();
    await waitFor('a look', () => {
      clock.advance(10_000);
      return looks() > before;
    });
  };
  const webhook = async (sha: string, action: string) => {
    const text = JSON.stringify({
      action,
      number: 1,
      pull_request: pullOf(1, sha),
      repository: { full_name: 'acme/app' },
      sender: { login: 'ada' },
    });
    const answer = await ci.post(text, { ...pushHeaders(await sign(text)), 'x-github-event': 'pull_request' });
    const { delivery } = (await answer.json()) as { delivery: string };
    return ((await ci.get(`/api/deliveries/${delivery}`)) as { outcome: string | null }).outcome;
  };
  await waitFor('the first look', () => looks() === 1);
  api.answers[PULLS] = [pullOf(1, shaOf('1'))];
  await look();
  await passing('the poll', () => ci.door.events.some(({ sha }) => sha === shaOf('1')));
  expect(await webhook(shaOf('1'), 'opened')).toBe('the poller told of it already');
  await webhook(shaOf('2'), 'synchronize');
  await passing('the webhook', () => ci.door.events.some(({ sha }) => sha === shaOf('2')));
  api.answers[PULLS] = [pullOf(1, shaOf('2'))];
  const before = looks();
  const sinceMs = clock.monotonicMs();
  await waitFor('a look', () => {
    clock.advance(60_000);
    return looks() > before;
  });
  expect(clock.monotonicMs() - sinceMs).toBeGreaterThanOrEqual(15 * 60_000); // a webhook came lately: nobody looked
  const told = ci.door.events
    .filter(({ name }) => name === 'pull_request')
    .map(({ sha, trigger }) => `${sha} ${trigger}`);
  expect([...new Set(told)]).toEqual([`${shaOf('1')} poll`, `${shaOf('2')} webhook`]);
});

test('pull requests that come in another shape are complained of once, in words, however often they are looked at', async () => {
  await using place = await observed();
  const { api, repository, forges } = place;
  api.answers[PULLS] = { pulls: 'elsewhere' };
  const clock = new ManualClock();
  await using ci = await startObserver({ repositories: [repository], forges, isWatching: false, clock });
  const looks = () => api.asked.filter((line) => line.startsWith(`GET ${PULLS}`)).length;
  await waitFor('three looks', () => {
    clock.advance(10_000);
    return looks() >= 3;
  });
  const complaints = ci.logs.filter(({ msg }) => String(msg).startsWith('its pull requests cannot be looked at'));
  expect(complaints.map(({ why }) => why)).toEqual([
    'what came has another shape than is documented (the whole of it: Invalid input: expected array, received object)',
  ]);
});

test('a rate limit is waited for, and nothing is asked meanwhile', async () => {
  await using place = await observed();
  const { api, repository, forges } = place;
  api.answers[PULLS] = 403;
  Object.assign(api.headers, {
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 600),
  });
  const clock = new ManualClock();
  await using ci = await startObserver({
    repositories: [repository],
    forges,
    clock,
    poll: { localSeconds: 3600, remoteSeconds: 60 },
  });
  const looks = () => api.asked.filter((line) => line.startsWith(`GET ${PULLS}`)).length;
  await waitFor('the refusal', () => ci.logs.some(({ why }) => String(why).includes('its rate limit is reached')));
  const before = looks();
  clock.advance(5 * 60_000);
  clock.advance(11 * 60_000);
  await waitFor('a look', () => looks() > before);
  expect(looks()).toBe(before + 1);
});

test('merge requests of GitLab are polled too, and one from another project is held', async () => {
  await using place = await observed('gitlab');
  const { api, repository, forges } = place;
  const path = '/projects/acme%2Fapp/merge_requests?state=opened&order_by=updated_at&per_page=100';
  const merge = (iid: number, sha: string, source_project_id: number) => ({
    ...{ iid, sha, title: 'change', source_branch: 'topic', target_branch: 'main', source_project_id },
    ...{
      target_project_id: 1,
      draft: false,
      labels: ['bug'],
      author: { username: 'ada' },
      web_url: 'https://x.example',
    },
  });
  api.answers[path] = [merge(1, shaOf('1'), 1)];
  const poll = { localSeconds: 3600, remoteSeconds: 0.1 };
  await using ci = await startObserver({ repositories: [repository], forges, poll });
  await waitFor('a second look', () => api.asked.filter((line) => line.startsWith(`GET ${path}`)).length >= 2);
  api.answers[path] = [merge(2, shaOf('2'), 9), merge(1, shaOf('3'), 1)];
  await ci.door.until('both', ({ events }) => events.filter(({ name }) => name === 'pull_request').length === 2);
  const told = ci.door.events.filter(({ name }) => name === 'pull_request');
  expect(told.map(({ sha, trigger, payload, held }) => [sha, trigger, payload.action, held])).toEqual([
    [shaOf('3'), 'poll', 'synchronize', undefined],
    [shaOf('2'), 'poll', 'opened', FROM_A_FORK],
  ]);
  expect(told[0]?.fetch).toEqual(['refs/merge-requests/1/head']);
});

test('pull requests of Bitbucket Data Center are polled, and one from a fork is held', async () => {
  await using place = await observed('bitbucket_data_center');
  const { api, repository, forges } = place;
  const path = '/projects/acme/repos/app/pull-requests?state=OPEN&order=NEWEST&limit=100';
  const sideOf = (key: string, latestCommit: string) => {
    return { id: 'refs/heads/topic', latestCommit, repository: { slug: 'app', project: { key } } };
  };
  const pull = (id: number, sha: string, key: string) => ({
    ...{ id, title: 'change', fromRef: sideOf(key, sha), toRef: sideOf('acme', shaOf('b')) },
    author: { user: { name: 'ada' } },
  });
  api.answers[path] = { values: [pull(1, shaOf('1'), 'acme')] };
  const poll = { localSeconds: 3600, remoteSeconds: 0.1 };
  await using ci = await startObserver({ repositories: [repository], forges, poll });
  await waitFor('a second look', () => api.asked.filter((line) => line.startsWith(`GET ${path}`)).length >= 2);
  api.answers[path] = { values: [pull(2, shaOf('2'), '~eve'), pull(1, shaOf('3'), 'acme')] };
  await ci.door.until('both', ({ events }) => events.filter(({ name }) => name === 'pull_request').length === 2);
  const told = ci.door.events.filter(({ name }) => name === 'pull_request');
  expect(told.map(({ sha, trigger, payload, held, actor }) => [sha, trigger, payload.action, held, actor])).toEqual([
    [shaOf('3'), 'poll', 'synchronize', undefined, 'ada'],
    [shaOf('2'), 'poll', 'opened', FROM_A_FORK, 'ada'],
  ]);
});

test('pull requests of Bitbucket Cloud are polled, each head once, though it names only its first digits', async () => {
  await using place = await observed('bitbucket');
  const { api, repository, forges } = place;
  const path = '/repositories/acme/app/pullrequests?state=OPEN&sort=-updated_on&pagelen=50';
  const side = (hash: string, name: string) => {
    return { branch: { name }, commit: { hash }, repository: { full_name: 'acme/app' } };
  };
  const pull = (id: number, hash: string) => ({
    ...{ id, title: 'change', source: side(hash, 'topic'), destination: side('b'.repeat(12), 'main') },
    author: { nickname: 'ada' },
  });
  api.answers[path] = { values: [] };
  const poll = { localSeconds: 3600, remoteSeconds: 0.1 };
  await using ci = await startObserver({ repositories: [repository], forges, poll });
  const looks = () => api.asked.filter((line) => line.startsWith(`GET ${path}`)).length;
  await waitFor('a second look', () => looks() >= 2);
  api.answers[path] = { values: [pull(4, 'a1b2c3d4e5f6')] };
  await ci.door.until('it', ({ events }) => events.some(({ name }) => name === 'pull_request'));
  const [told] = ci.door.events;
  expect(told).toMatchObject({
    ...{ name: 'pull_request', trigger: 'poll', ref: 'refs/heads/topic', actor: 'ada' },
    payload: { action: 'opened', number: 4, pull_request: { head: { sha: 'a1b2c3d4e5f6' } } },
  });
  const before = looks();
  api.answers[path] = { values: [{ ...pull(4, 'a1b2c3d4e5f6'), title: 'another title' }] };
  await waitFor('more looks', () => looks() > before + 2);
  expect(ci.door.events.filter(({ name }) => name === 'pull_request')).toHaveLength(1);
});

test('GitHub is asked for deliveries that failed at the start and every hour, back to three days and no further', async () => {
  await using place = await observed();
  const { api, repository, forges } = place;
  const clock = new ManualClock();
  const hooks = '/repos/acme/app/hooks';
  const list = `${hooks}/7/deliveries?per_page=100`;
  const entry = (id: number, hoursAgo: number) => ({
    ...{ id, guid: `guid-${id}`, event: 'push', status: 'OK' },
    delivered_at: new Date(clock.now().getTime() - hoursAgo * 3_600_000).toISOString(),
  });
  api.answers[`${hooks}?per_page=100`] = [{ id: 7, config: { url: 'https://ci.example.org/webhooks' } }];
  api.answers[list] = [entry(9, 1), entry(8, 71)];
  api.answers[`${list}&cursor=v1_2`] = [entry(7, 72), entry(6, 73)];
  api.headers.link = `<${api.url}${list}&cursor=v1_2>; rel="next"`; // there is always more
  const asked = () => api.asked.filter((line) => line.includes('/deliveries?')).map((line) => line.split(' ')[1]);
  await using _ci = await startObserver({
    ...{ repositories: [repository], forges, clock },
    poll: { localSeconds: 36_000, remoteSeconds: 36_000 },
  });
  await waitFor('the look at the start', () => asked().length >= 2);
  clock.advance(3_599_000);
  expect(asked()).toEqual([list, `${list}&cursor=v1_2`]);
  const anHourLater = (count: number) =>
    waitFor('the next look', () => {
      clock.advance(3_600_000); // again, where the look before has not come to its end
      return asked().length >= count;
    });
  await anHourLater(3);
  await anHourLater(4);
  // a look goes back to the one before, and a quarter of an hour: one page is enough
  expect(asked().slice(2, 4)).toEqual([list, list]);
});
