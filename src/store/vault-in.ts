import { vaultName, vaultValue } from '../model/vault.ts';
import { assertKeyOfCredentials } from './credentials-in.ts';
import type { Database } from './database.ts';
import { type SecretKeyFile, SecretsKeyError } from './secret-key.ts';
import type { Tables } from './tables.ts';
import type { SecretRecord, SecretsRequest, Vault } from './vault.ts';
import { keyOf, listRows, readVars, removeRow, rowsFor, scopeOf, type VaultKey, writeRow } from './vault-rows.ts';

/** {@link Vault} in the store's database, with the key in a file beside it. */
export function vaultIn(database: Database<Tables>, file: SecretKeyFile): Vault {
  return {
    async setSecret(scope, text, value, at) {
      const key = keyOf(scope, vaultName(text, 'secrets'));
      vaultValue(key.name, value);
      const all = await database.read((session) => listRows(session, 'secrets', {}));
      const others = all.filter((row) => placeOf(row) !== placeOf(key));
      // never a new key while there are secrets of an old one: whoever puts that back from a backup would lose these
      if (others.length > 0 && (await file.read()) === undefined)
        throw new SecretsKeyError(`${gone(file)}; or remove the ${others.length} secrets ${HOW}`);
      await assertKeyOfCredentials(database, file);
      const secretKey = await file.readOrMake();
      const stranger = others.find((row) => !secretKey.madeThis(row.value));
      if (stranger !== undefined)
        throw new SecretsKeyError(`${file.path} is not the key that ${stranger.name} was encrypted with; ${MEND}`);
      const sealed = secretKey.seal(placeOf(key), value);
      return database.write((session) => writeRow(session, 'secrets', key, sealed, at));
    },
    removeSecret: (scope, name) =>
      database.write(async (session) => removeRow(session, 'secrets', keyOf(scope, vaultName(name, 'secrets')))),
    async secrets(filter = {}) {
      const rows = await database.read((session) => listRows(session, 'secrets', filter));
      const key = rows.length === 0 ? undefined : await file.read().catch(() => undefined);
      return rows.map((row): SecretRecord => ({ ...factsOf(row), isReadable: key?.madeThis(row.value) ?? false }));
    },
    setVariable: (scope, name, value, at) =>
      database.write(async (session) => {
        const key = keyOf(scope, vaultName(name, 'variables'));
        return writeRow(session, 'variables', key, vaultValue(key.name, value), at);
      }),
    removeVariable: (scope, name) =>
      database.write(async (session) => removeRow(session, 'variables', keyOf(scope, vaultName(name, 'variables')))),
    async variables(filter = {}) {
      const rows = await database.read((session) => listRows(session, 'variables', filter));
      return rows.map((row) => ({ ...factsOf(row), value: row.value }));
    },
    secretsFor: (request) => secretsFor(database, file, request),
    varsFor: (repository, environment) => database.read((session) => readVars(session, repository, environment)),
  };
}

const HOW = 'with "signalbox secrets remove" and set them again';
const MEND = `put the right file back from a backup, or remove what it cannot decrypt ${HOW}`;

function gone(file: SecretKeyFile): string {
  return `the key of the secrets, ${file.path}, is gone; put it back from a backup`;
}

async function secretsFor(database: Database<Tables>, file: SecretKeyFile, request: SecretsRequest) {
  const { repository, environment, isTrusted } = request;
  if (!isTrusted) return {};
  const rows = await database.read((session) => rowsFor(session, 'secrets', repository, environment));
  if (rows.length === 0) return {};
  const key = await file.read();
  if (key === undefined) throw new SecretsKeyError(`${gone(file)}, or set the secrets again`);
  const opened = rows.map((row) => [row.name, key.open(placeOf(row), row.value)] as const);
  const closed = opened.filter(([, value]) => value === undefined).map(([name]) => name);
  if (closed.length > 0)
    throw new SecretsKeyError(`${closed.join(', ')} cannot be decrypted with the key ${file.path}; ${MEND}`);
  return Object.fromEntries(opened.map(([name, value]) => [name, value ?? '']));
}

/** Where a value belongs: it can be decrypted there and nowhere else. */
function placeOf({ repository, environment, name }: VaultKey): string {
  return JSON.stringify(['secret', repository, environment, name]);
}

function factsOf(row: VaultKey & { readonly created_at: number; readonly updated_at: number }) {
  const { name, created_at, updated_at } = row;
  return { ...scopeOf(row), name, createdAt: new Date(created_at), updatedAt: new Date(updated_at) };
}
