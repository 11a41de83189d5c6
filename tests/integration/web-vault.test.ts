import { afterEach, beforeEach, expect, test } from 'vitest';
import { newRepository } from '../support/store.ts';
import { startWeb, type TestWeb, TOKEN } from '../support/web.ts';

let web: TestWeb;
beforeEach(async () => {
  web = await startWeb();
  await web.store.addRepository(newRepository(), web.clock.now());
});
afterEach(() => web[Symbol.asyncDispose]());

test('a secret goes in, is listed by name, is removed, and its value never comes out', async () => {
  const scope = { repository: 'local/app', environment: 'production' };
  const set = await web.change('POST', '/api/secrets', { name: 'token', value: 'hunter2', ...scope });
  expect(set).toMatchObject({ status: 201 });
  expect(set.json()).toEqual({ name: 'TOKEN', ...scope });
  expect((await web.change('POST', '/api/secrets', { name: 'TOKEN', value: 'hunter2', ...scope })).status).toBe(200);
  await web.change('POST', '/api/secrets', { name: 'ALL', value: 'hunter2' });
  const all = await web.ask('/api/secrets');
  const at = '2026-01-01T00:00:00.000Z';
  expect(all.json()).toEqual({
    secrets: [
      { name: 'ALL', repository: null, environment: null, created_at: at, updated_at: at, readable: true },
      { name: 'TOKEN', ...scope, created_at: at, updated_at: at, readable: true },
    ],
    total: 2,
    next: null,
  });
  expect((await web.ask('/api/secrets?repository=local%2Fapp')).json()).toMatchObject({ total: 1 });
  const query = 'repository=local%2Fapp&environment=Production';
  expect((await web.change('DELETE', `/api/secrets/TOKEN?${query}`)).status).toBe(204);
  expect((await web.change('DELETE', `/api/secrets/TOKEN?${query}`)).status).toBe(404);
  expect((await web.change('DELETE', '/api/secrets/all')).status).toBe(204);
  expect(await web.store.vault.secrets()).toEqual([]);
});

test('a variable is listed with its value', async () => {
  await web.change('POST', '/api/variables', { name: 'region', value: 'eu-west-1', repository: 'local/app' });
  expect((await web.ask('/api/variables')).json()).toMatchObject({
    variables: [{ name: 'REGION', value: 'eu-west-1', repository: 'local/app', environment: null }],
  });
  expect((await web.change('DELETE', '/api/variables/REGION?repository=local%2Fapp')).status).toBe(204);
});

test('setting and removing need credentials', async () => {
  const body = JSON.stringify({ name: 'A', value: 'a' });
  const headers = { 'content-type': 'application/json' };
  expect((await web.ask('/api/secrets', { method: 'POST', headers, body })).status).toBe(401);
  expect((await web.ask('/api/secrets/A', { method: 'DELETE' })).status).toBe(401);
});

test('no error repeats what was sent', async () => {
  const bodies = [{ name: 'A=hunter2', value: 'hunter2' }, { name: 'A', value: ['hunter2'] }, { value: 'hunter2' }];
  const answers = await Promise.all(bodies.map((body) => web.change('POST', '/api/secrets', body)));
  for (const answer of answers) {
    expect(answer.status).toBe(400);
    expect(answer.body.toString()).not.toContain('hunter2');
  }
  const headers = { authorization: `Bearer ${TOKEN}` };
  const broken = await web.ask('/api/secrets', {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{"name":"A","value":"hunter2',
  });
  expect(broken.json()).toEqual({ error: { code: 'E_BAD_REQUEST', message: 'the body is no valid JSON' } });
});

test('a value of 48 kB that has to be escaped letter by letter is taken', async () => {
  const value = '\u0001'.repeat(48 * 1024);
  expect((await web.change('POST', '/api/secrets', { name: 'BIG', value })).status).toBe(201);
  expect(await web.store.vault.secretsFor({ repository: 1, isTrusted: true })).toEqual({ BIG: value });
  const larger = await web.change('POST', '/api/secrets', { name: 'BIG', value: `${value}x` });
  expect(larger.json()).toMatchObject({ error: { code: 'E_VAULT_REFUSED' } });
});
