import express from 'express';
import { expect, test } from 'vitest';
import { newRepository } from '../support/store.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

async function wordsOf(web: TestWeb, section: string) {
  const { text } = await web.ask(`/settings?section=${section}`, { headers: { accept: 'text/html' } });
  const shown = text.replace(/<script type="application\/json".*?<\/script>/s, '');
  return { text, words: shown.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ') };
}

test('the steps for a webhook of each forge are read without a script, and the secret is not in the page', async () => {
  await using web = await startWeb();
  await web.store.addRepository(newRepository('acme/app', { secret: 'very-secret' }), web.clock.now());
  const { text, words } = await wordsOf(web, 'webhooks');
  expect(words).toMatch(/GitHub .* Payload URL: http:\S+\/webhooks .*Gitea .*Forgejo .*GitLab .*Bitbucket /);
  expect(words).toContain('public_url is not set');
  expect(text).not.toContain('very-secret');
});

test('the secret is told to whoever may change something, and to nobody else', async () => {
  await using web = await startWeb();
  await web.store.addRepository(newRepository('acme/app', { secret: 'very-secret' }), web.clock.now());
  const path = '/api/repositories/acme%2Fapp/webhook-secret';
  expect((await web.change('POST', path, {})).text).toBe('{"secret":"very-secret"}');
  expect((await web.ask(path, { method: 'POST' })).status).toBe(401);
});

test('a test sends a signed ping to our own door', async () => {
  const arrived: string[] = [];
  const door = express.Router();
  door.post('/webhooks', (request, response) => {
    arrived.push(String(request.headers['x-github-event']), String(request.headers['x-hub-signature-256']));
    response.status(200).json({});
  });
  await using web = await startWeb({ routers: [door] });
  await web.store.addRepository(newRepository('acme/app'), web.clock.now());
  const { text } = await web.change('POST', '/api/repositories/acme%2Fapp/webhook-ping', {});
  expect(text).toBe('{"status":200,"accepted":true}');
  expect(arrived).toEqual(['ping', expect.stringMatching(/^sha256=[0-9a-f]{64}$/)]);
});

test('of secrets the names are listed and never the values; of variables both', async () => {
  await using web = await startWeb();
  await web.change('POST', '/api/secrets', { name: 'DEPLOY_KEY', value: 'very-secret' });
  await web.change('POST', '/api/variables', { name: 'REGION', value: 'eu-1' });
  const { text, words } = await wordsOf(web, 'secrets');
  expect(words).toContain('DEPLOY_KEY');
  expect(words).toMatch(/REGION\s+all repositories\s*: eu-1/);
  expect(text).not.toContain('very-secret');
});

test('values of secrets and variables are entered as text that may have several lines', async () => {
  await using web = await startWeb();
  const { text } = await wordsOf(web, 'secrets');
  expect(text).toMatch(/<textarea[^>]* id="secrets-value"/);
  expect(text).toMatch(/<textarea[^>]* id="variables-value"/);
});

test('of a folder here it is told whether its hook tells, and where there is none with what it is installed', async () => {
  await using web = await startWeb({
    operations: { hasHook: async (gitDir) => (gitDir === '/gone' ? undefined : gitDir === '/src/app/.git') },
  });
  const add = (name: string, gitDir: string | null) =>
    web.store.addRepository(newRepository(name, { gitDir }), web.clock.now());
  await add('local/app', '/src/app/.git');
  expect((await wordsOf(web, 'repositories')).words).toMatch(/a folder here: its hook tells of commits(?!.*without)/);
  await add('local/bare', "/srv/it's.git");
  await add('acme/remote', null);
  await add('local/gone', '/gone');
  const { words } = await wordsOf(web, 'repositories');
  expect(words.match(/a folder here without the hook: its commits are found by the watcher/g)).toHaveLength(1);
  expect(words).toContain('the folder is not there any more: no commit of it is seen');
  expect(words).toContain(`signalbox install-hook '/srv/it'\\''s.git'`);
});
