import { expect, test } from 'vitest';
import { pushHeaders, sign, startObserver, type TestObserver, wireRepository } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

const sha = (digit: string) => digit.repeat(40);
const PULL = {
  action: 'opened',
  repository: { full_name: 'local/app' },
  sender: { login: 'ada' },
  pull_request: {
    ...{ number: 7, title: 'Add a thing' },
    head: { sha: sha('a'), ref: 'thing', repo: { full_name: 'local/app' } },
    base: { sha: sha('b'), ref: 'main', repo: { full_name: 'local/app' } },
  },
};

async function deliver(ci: TestObserver, event: string, payload: object, id = 'd-1') {
  const body = JSON.stringify(payload);
  const headers = { ...pushHeaders(await sign(body)), 'x-github-event': event, 'x-github-delivery': id };
  return (await ci.post(body, headers)).status;
}

async function processed(ci: TestObserver): Promise<unknown> {
  let found: { deliveries?: { status: string }[] } = {};
  await waitFor('the deliveries to be processed', async () => {
    found = (await ci.get('/api/deliveries')) as typeof found;
    return found.deliveries?.every(({ status }) => status === 'processed') ?? false;
  });
  return found;
}

test('a pull request is journaled, told to the dispatcher once it is there, and its runs are named', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
  await ci.door.close();
  expect(await deliver(ci, 'pull_request', PULL)).toBe(202);
  expect(await deliver(ci, 'pull_request', PULL)).toBe(200); // the same delivery again
  await ci.restart();
  await ci.door.open();
  await ci.door.until('both events', ({ events }) => events.length === 2);
  expect(ci.door.events).toMatchObject([
    {
      ...{ name: 'pull_request', occurrence: 'd-1', repository: 1, trigger: 'webhook', actor: 'ada' },
      ...{ ref: 'refs/pull/7/merge', sha: sha('a'), base: sha('b'), title: 'Add a thing', payload: PULL },
    },
    { name: 'pull_request_target', occurrence: 'd-1', ref: 'refs/heads/main', sha: sha('b') },
  ]);
  expect(await processed(ci)).toMatchObject({
    deliveries: [
      { event: 'pull_request', ref: 'refs/pull/7/merge', outcome: expect.stringMatching(/^runs \d+, \d+$/) },
    ],
  });
});

test('an event for which there is no workflow says so', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
  ci.door.answerEvent = ({ request }) => ({ type: 'dispatched', request, runs: [], note: 'no file is for issues' });
  expect(await deliver(ci, 'issues', { action: 'opened', repository: { full_name: 'local/app' } })).toBe(202);
  await ci.door.until('the event', ({ events }) => events.length === 1);
  expect(await processed(ci)).toMatchObject({
    deliveries: [{ event: 'issues', outcome: 'it started nothing: no file is for issues' }],
  });
  expect(ci.door.events[0]).not.toHaveProperty('ref');
});

test('what a forge says of a push travels with its last commit', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
  const first = await repository.commit('one');
  const last = await repository.commit('two');
  const more = { pusher: { name: 'ada' }, forced: false };
  await ci.push({ after: last, ...more });
  await ci.door.untilSha(last);
  expect(ci.door.of(last).commits.map((commit) => commit.sha)).toEqual([first, last]);
  expect(ci.door.of(last).payload).toMatchObject({ ...more, after: last, repository: { full_name: 'local/app' } });
  const third = await repository.commit('three');
  await ci.push({ after: third, ...more }, { 'x-signalbox-trigger': 'hook' });
  await ci.door.untilSha(third);
  expect(ci.door.of(third)).not.toHaveProperty('payload');
});
