import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { MIGRATIONS, openStore } from '../../src/store/open-store.ts';
import { SecretsKeyError } from '../../src/store/secret-key.ts';
import type { Tables } from '../../src/store/tables.ts';
import { newRepository, openTestStore, type TestStore } from '../support/store.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const SERVER = { repository: null, environment: null };

let ci: TestStore;
let app: number;
let other: number;
let keyPath: string;
beforeEach(async () => {
  ci = await openTestStore();
  app = (await ci.store.addRepository(newRepository('local/app'), NOW)).id;
  other = (await ci.store.addRepository(newRepository('local/other'), NOW)).id;
  keyPath = join(dirname(ci.path), 'secrets.key');
});
afterEach(() => ci[Symbol.asyncDispose]());

const inApp = () => ({ repository: app, environment: null });
const inProduction = () => ({ repository: app, environment: 'Production' });
const secretsOf = (environment?: string, repository = app) =>
  ci.store.vault.secretsFor({ repository, environment, isTrusted: true });

describe('what a job gets', () => {
  test('its environment goes before its repository, and that before the server', async () => {
    const { vault } = ci.store;
    for (const [scope, value] of [
      [SERVER, 'server'],
      [inApp(), 'repository'],
      [inProduction(), 'production'],
    ] as const) {
      await vault.setSecret(scope, 'TOKEN', value, NOW);
      await vault.setVariable(scope, 'PLACE', value, NOW);
    }
    await vault.setSecret(SERVER, 'ONLY_SERVER', 'all', NOW);
    expect(await secretsOf('production')).toEqual({ TOKEN: 'production', ONLY_SERVER: 'all' });
    expect(await secretsOf()).toEqual({ TOKEN: 'repository', ONLY_SERVER: 'all' });
    expect(await secretsOf('staging')).toEqual({ TOKEN: 'repository', ONLY_SERVER: 'all' });
    expect(await secretsOf('production', other)).toEqual({ TOKEN: 'server', ONLY_SERVER: 'all' });
    expect(await vault.varsFor(app, 'PRODUCTION')).toEqual({ PLACE: 'production' });
    expect(await vault.varsFor(app)).toEqual({ PLACE: 'repository' });
    expect(await vault.varsFor(other)).toEqual({ PLACE: 'server' });
  });

  test('who is not trusted gets no secret, whatever is set', async () => {
    await ci.store.vault.setSecret(SERVER, 'TOKEN', 'hunter2', NOW);
    expect(await ci.store.vault.secretsFor({ repository: app, isTrusted: false })).toEqual({});
  });

  test('a removed repository takes its secrets and variables with it', async () => {
    await ci.store.vault.setSecret(inApp(), 'TOKEN', 'hunter2', NOW);
    await ci.store.vault.setVariable(inProduction(), 'PLACE', 'there', NOW);
    const forgotten = await ci.store.removeRepository(app, NOW);
    expect(forgotten).toEqual({ secrets: 1, variables: 1, credential: false });
    expect((await ci.store.addRepository(newRepository('local/app'), NOW)).id).toBe(app);
    expect(await secretsOf('production')).toEqual({});
    expect(await ci.store.vault.varsFor(app, 'production')).toEqual({});
  });
});

describe('names and values', () => {
  test('names have no case, and setting one again replaces its value', async () => {
    const { vault } = ci.store;
    expect(await vault.setSecret(SERVER, 'npm_token', 'one', NOW)).toBe(true);
    expect(await vault.setSecret(SERVER, 'NPM_Token', 'two', new Date(+NOW + 1000))).toBe(false);
    expect(await secretsOf()).toEqual({ NPM_TOKEN: 'two' });
    const [record] = await vault.secrets();
    expect(record).toEqual({
      ...SERVER,
      name: 'NPM_TOKEN',
      createdAt: NOW,
      updatedAt: new Date(+NOW + 1000),
      isReadable: true,
    });
    expect(await vault.removeSecret(SERVER, 'npm_token')).toBe(true);
    expect(await vault.removeSecret(SERVER, 'npm_token')).toBe(false);
    expect(await secretsOf()).toEqual({});
  });

  test.each(['1ST', 'MY-TOKEN', 'GITHUB_SHA', 'github_x', '', 'A B', 'A=hunter2', 'Ä', '__proto__\n'])(
    'the name %j is refused',
    async (name) => {
      const error = await ci.store.vault.setSecret(SERVER, name, 'hunter2', NOW).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ code: 'E_VAULT_REFUSED' });
      expect(String(error)).not.toContain('hunter2');
    },
  );

  test('a value of 48 kB of any text comes back as it was; one more byte, and none, are refused', async () => {
    const { vault } = ci.store;
    const value = `"\u0000\r\n§ü🚦${'x'.repeat(48 * 1024 - 12)}`;
    await vault.setSecret(SERVER, 'BIG', value.slice(0, -1), NOW);
    expect(await secretsOf()).toEqual({ BIG: value.slice(0, -1) });
    for (const wrong of ['', 'x'.repeat(48 * 1024 + 1)])
      await expect(vault.setSecret(SERVER, 'BIG', wrong, NOW)).rejects.toMatchObject({ code: 'E_VAULT_REFUSED' });
  });

  test('an environment needs its repository; a scope holds 100 secrets and 1,000 variables', async () => {
    const { vault } = ci.store;
    const homeless = { repository: null, environment: 'production' };
    await expect(vault.setSecret(homeless, 'A', 'a', NOW)).rejects.toMatchObject({ code: 'E_VAULT_REFUSED' });
    for (let n = 0; n < 100; n++) await vault.setSecret(inApp(), `S${n}`, 'a', NOW);
    await expect(vault.setSecret(inApp(), 'S100', 'a', NOW)).rejects.toThrow('there are 100 secrets already');
    expect(await vault.setSecret(inApp(), 'S99', 'b', NOW)).toBe(false);
    expect(await vault.setSecret(SERVER, 'S100', 'a', NOW)).toBe(true);
  });
});

describe('on the disk', () => {
  test('the key is in a file for its owner alone, and the database holds no value', async () => {
    await ci.store.vault.setSecret(SERVER, 'TOKEN', 'hunter2-hunter2-hunter2', NOW);
    expect((await stat(keyPath)).mode & 0o777).toBe(0o600);
    const key = (await readFile(keyPath, 'utf8')).trim();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    const files = await Promise.all([ci.path, `${ci.path}-wal`].map((path) => readFile(path).catch(() => Buffer.of())));
    const written = Buffer.concat(files);
    for (const secret of ['hunter2', key, Buffer.from(key, 'hex')]) expect(written.includes(secret)).toBe(false);
  });

  test('the same value twice is written differently, and a row is no good in the place of another', async () => {
    await ci.store.vault.setSecret(SERVER, 'A', 'same', NOW);
    await ci.store.vault.setSecret(SERVER, 'B', 'same', NOW);
    await ci.store.close();
    const database = await openDatabase<Tables>(ci.path, MIGRATIONS);
    const [a, b] = await database.read((session) =>
      session.db.selectFrom('secrets').select('value').orderBy('name').execute(),
    );
    expect(Buffer.from(a!.value).equals(Buffer.from(b!.value))).toBe(false);
    await database.write((session) =>
      session.db.updateTable('secrets').set({ value: a!.value }).where('name', '=', 'B').execute(),
    );
    await database.close();
    await using store = await reopened();
    await expect(store.vault.secretsFor({ repository: app, isTrusted: true })).rejects.toMatchObject({
      code: 'E_SECRETS_KEY',
      message: expect.stringMatching(/^B cannot be decrypted/),
    });
  });
});

describe('without the key', () => {
  beforeEach(async () => {
    await ci.store.vault.setSecret(SERVER, 'TOKEN', 'hunter2', NOW);
    await ci.store.vault.setSecret(inApp(), 'OTHER', 'hunter3', NOW);
  });

  test('it is told in words, no new key is made, and with the old one put back all is as it was', async () => {
    const { vault } = ci.store;
    const key = await readFile(keyPath);
    await rm(keyPath);
    const gone = { code: 'E_SECRETS_KEY', message: expect.stringContaining(`${keyPath}, is gone`) };
    await expect(secretsOf()).rejects.toMatchObject(gone);
    await expect(vault.setSecret(SERVER, 'NEW', 'x', NOW)).rejects.toMatchObject(gone);
    expect(await vault.secrets()).toMatchObject([
      { name: 'TOKEN', isReadable: false },
      { name: 'OTHER', isReadable: false },
    ]);
    expect(await vault.varsFor(app)).toEqual({});
    await writeFile(keyPath, key);
    expect(await secretsOf()).toEqual({ TOKEN: 'hunter2', OTHER: 'hunter3' });
  });

  test('the secrets can be removed, and set again with a new one', async () => {
    await rm(keyPath);
    expect(await ci.store.vault.removeSecret(inApp(), 'OTHER')).toBe(true);
    await ci.store.vault.setSecret(SERVER, 'TOKEN', 'hunter4', NOW);
    expect(await secretsOf()).toEqual({ TOKEN: 'hunter4' });
  });

  test('a file that holds no key, or another one, is told', async () => {
    await writeFile(keyPath, 'what is this');
    await expect(secretsOf()).rejects.toThrow('holds no key of 32 bytes');
    await writeFile(keyPath, 'ab'.repeat(32));
    await expect(secretsOf()).rejects.toThrow('TOKEN, OTHER cannot be decrypted with the key');
    await expect(ci.store.vault.setSecret(SERVER, 'NEW', 'x', NOW)).rejects.toThrow('is not the key that');
  });
});

async function reopened() {
  const store = await openStore({ path: ci.path, clock: ci.clock });
  return Object.assign(Object.create(store) as typeof store, { [Symbol.asyncDispose]: () => store.close() });
}

test('a key that is gone is not replaced while a token of a repository was encrypted with it', async () => {
  const { credentials, vault } = ci.store;
  const token = { kind: 'token', user: 'x', token: 'secret' } as const;
  await credentials.set(app, token, NOW);
  await rename(keyPath, `${keyPath}.away`);
  await expect(vault.setSecret(SERVER, 'A', 'b', NOW)).rejects.toThrow(SecretsKeyError);
  await expect(credentials.set(other, token, NOW)).rejects.toThrow(SecretsKeyError);
  await expect(credentials.of(app)).rejects.toThrow(/set it again with "signalbox add"/);
  await rename(`${keyPath}.away`, keyPath);
  expect(await credentials.of(app)).toEqual(token);
  expect([await credentials.remove(app), await credentials.remove(app)]).toEqual([true, false]);
});
