import { expect, test } from 'vitest';
import type { DeliveriesReader, DeliveryJson, RefusedJson } from '../../src/web/deliveries-reader.ts';
import { newRepository } from '../support/store.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

const DELIVERY: DeliveryJson = {
  ...{ id: 'abc', received_at: '2026-01-01T00:00:00.000Z', forge: 'github', event: 'push', trigger: 'webhook' },
  ...{ repository: 'acme/app', ref: 'refs/heads/main', before: null, after: null, bytes: 1_234, answer: 202 },
  ...{ headers: { 'x-github-event': 'push' }, status: 'processed', outcome: 'runs 1, 2', error: null, tries: 0 },
  processed_at: null,
};

const reader = (payload: unknown = { ref: 'refs/heads/main' }): DeliveriesReader => ({
  list: async () => ({ deliveries: [DELIVERY], total: 1, next: null }),
  refused: () => [],
  find: async (id) => (id === 'abc' ? { ...DELIVERY, payload } : undefined),
});

async function wordsOf(web: TestWeb, path: string) {
  const { text, status } = await web.ask(path, { headers: { accept: 'text/html' } });
  const shown = text.replace(/<script type="application\/json".*?<\/script>/s, '');
  return {
    status,
    words: shown
      .replace(/<[^>]*>/g, ' ')
      .replace(/&quot;/g, '"')
      .replace(/\s+/g, ' '),
  };
}

test('a delivery is listed with whom it came from and what became of it', async () => {
  await using web = await startWeb({ deliveries: reader() });
  const { words } = await wordsOf(web, '/deliveries');
  expect(words).toContain('1 delivery, the newest first');
  expect(words).toMatch(/acme\/app main push from github processed: runs 1, 2/);
});

test('what was refused is listed with whom it says it is of, why, and how often', async () => {
  const one: RefusedJson = {
    ...{ received_at: '2026-01-01T00:00:00.000Z', times: 3, code: 'E_DELIVERY_REFUSED', message: 'it does not fit' },
    ...{ answer: 401, forge: 'github', event: 'push', repository: 'acme/app' },
  };
  await using web = await startWeb({ deliveries: { ...reader(), refused: () => [one] } });
  const { words } = await wordsOf(web, '/deliveries?status=refused');
  expect(words).toContain('3 refused');
  expect(words).toMatch(/acme\/app push from github, 3 times it does not fit/);
  expect((await wordsOf(web, '/deliveries')).words).toContain('Refused 1');
});

test('where nothing was refused the page says so', async () => {
  await using web = await startWeb({ deliveries: reader() });
  expect((await wordsOf(web, '/deliveries?status=refused')).words).toContain('Nothing was refused');
});

test.each(['run 7', 'runs 7'])('the outcome "%s" leads to the run', async (outcome) => {
  const find: DeliveriesReader['find'] = async () => ({ ...DELIVERY, outcome, payload: {} });
  await using web = await startWeb({ deliveries: { ...reader(), find } });
  const { text } = await web.ask('/deliveries?delivery=abc', { headers: { accept: 'text/html' } });
  expect(text).toContain('href="/runs/7"');
});

test.each(['hook', 'watch', 'poll'])('what the %s saw move is said to be from no forge', async (trigger) => {
  const list: DeliveriesReader['list'] = async () => ({ deliveries: [{ ...DELIVERY, trigger }], total: 1, next: null });
  await using web = await startWeb({ deliveries: { ...reader(), list } });
  const { words } = await wordsOf(web, '/deliveries');
  expect(words).toContain(`main push, told by ${trigger} processed`);
});

test('a pull request that the poller asked a forge for is said to be from there', async () => {
  const pull = { ...DELIVERY, event: 'pull_request', trigger: 'poll' };
  const list: DeliveriesReader['list'] = async () => ({ deliveries: [pull], total: 1, next: null });
  await using web = await startWeb({ deliveries: { ...reader(), list } });
  const { words } = await wordsOf(web, '/deliveries');
  expect(words).toContain('main pull_request from github, told by poll processed');
});

test('the settings take neither what the poller told for a webhook, nor their own test', async () => {
  const list: DeliveriesReader['list'] = async () => ({
    deliveries: [
      { ...DELIVERY, id: 'a', event: 'ping', headers: { 'user-agent': 'signalbox' } },
      { ...DELIVERY, id: 'b', trigger: 'poll' },
      { ...DELIVERY, id: 'c', trigger: 'poll', repository: 'acme/pointed' },
      { ...DELIVERY, id: 'd', repository: 'acme/pointed' },
    ],
    ...{ total: 3, next: null },
  });
  await using web = await startWeb({ deliveries: { ...reader(), list } });
  for (const name of ['acme/app', 'acme/pointed']) await web.store.addRepository(newRepository(name), web.clock.now());
  const { words } = await wordsOf(web, '/settings?section=webhooks');
  expect(words).toMatch(/acme\/app no webhook yet ?; the last push was told by poll 0 s ago , 202, processed/);
  expect(words).toMatch(/acme\/pointed last delivery: 0 s ago , 202, processed/);
  expect(words).toMatch(/The newest webhook acme\/pointed, push from github/);
});

test('its detail has headers, payload and the answer, without a script', async () => {
  await using web = await startWeb({ deliveries: reader() });
  const { words } = await wordsOf(web, '/deliveries?delivery=abc');
  expect(words).toContain('x-github-event push');
  expect(words).toContain('{ "ref": "refs/heads/main" }');
  expect(words).toMatch(/1\.2 kB, answered 202/);
  expect((await web.ask('/deliveries?delivery=abc', { headers: { accept: 'text/html' } })).text).toContain(
    'href="/runs/2"',
  );
  expect((await wordsOf(web, '/deliveries?delivery=other')).status).toBe(404);
});

test('of a large payload the beginning is shown', async () => {
  await using web = await startWeb({ deliveries: reader({ text: 'x'.repeat(100_000) }) });
  const { words } = await wordsOf(web, '/deliveries?delivery=abc');
  expect(words.length).toBeLessThan(75_000);
  expect(words).toMatch(/The first 65 536 of 100 0\d\d characters/);
});

test('without an observer in this process the page says so', async () => {
  await using web = await startWeb();
  expect((await wordsOf(web, '/deliveries')).words).toContain('Deliveries are not read here');
});
