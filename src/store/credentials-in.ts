import type { Kysely } from 'kysely';
import type { Credential } from '../model/credential.ts';
import type { CredentialStore } from './credentials.ts';
import type { Database } from './database.ts';
import { type SecretKeyFile, SecretsKeyError } from './secret-key.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const ofRepository = statement((db: Kysely<Tables>, p: { repository: number }) =>
  db.selectFrom('credentials').selectAll().where('repository', '=', p.repository),
);
const anySecret = statement((db: Kysely<Tables>, _: object) => db.selectFrom('secrets').select('value').limit(1));

/** {@link CredentialStore} in the store's database, with the key in a file beside it. */
export function credentialsIn(database: Database<Tables>, file: SecretKeyFile): CredentialStore {
  return {
    async set(repository, credential, at) {
      await assertKey(database, file, repository);
      const { kind } = credential;
      const value = (await file.readOrMake()).seal(placeOf(repository), JSON.stringify(credential));
      await database.write(({ db }) =>
        db
          .insertInto('credentials')
          .values({ repository, kind, value, updated_at: +at })
          .onConflict((row) => row.column('repository').doUpdateSet({ kind, value, updated_at: +at }))
          .execute(),
      );
    },
    remove: (repository) => database.write((session) => forgetCredential(session, repository)),
    async of(repository) {
      const row = await database.read((session) => session.one(ofRepository, { repository }));
      if (row === undefined) return undefined;
      const opened = (await file.read())?.open(placeOf(repository), row.value);
      if (opened === undefined)
        throw new SecretsKeyError(`the ${row.kind} of repository ${repository} cannot be ${MEND}`);
      return JSON.parse(opened) as Credential; // sealed by ourselves
    },
    async kinds() {
      const rows = await database.read(({ db }) =>
        db.selectFrom('credentials').select(['repository', 'kind']).execute(),
      );
      return new Map(rows.map(({ repository, kind }) => [repository, kind]));
    },
  };
}

const MEND =
  'decrypted with the key of the secrets; put the right file back from a backup, or set it again with "signalbox add"';

/** Forgets what belongs to a repository. False: there was nothing. */
export async function forgetCredential({ db }: Session<Tables>, repository: number): Promise<boolean> {
  const gone = await db.deleteFrom('credentials').where('repository', '=', repository).executeTakeFirst();
  return gone.numDeletedRows > 0n;
}

/** Never a new key while there is something of an old one: whoever puts that back from a backup would lose this. */
async function assertKey(database: Database<Tables>, file: SecretKeyFile, repository: number): Promise<void> {
  const secret = await database.read((session) => session.one(anySecret, {}));
  await assertMadeBy(file, secret ?? (await otherThan(database, repository)));
}

/** The same for whoever sets a secret, which knows of the other secrets. @throws {SecretsKeyError} */
export async function assertKeyOfCredentials(database: Database<Tables>, file: SecretKeyFile): Promise<void> {
  await assertMadeBy(file, await otherThan(database, 0));
}

function otherThan(database: Database<Tables>, repository: number) {
  return database.read(({ db }) =>
    db.selectFrom('credentials').select('value').where('repository', '!=', repository).limit(1).executeTakeFirst(),
  );
}

async function assertMadeBy(file: SecretKeyFile, sealed: { readonly value: Uint8Array } | undefined): Promise<void> {
  if (sealed === undefined) return;
  const key = await file.read();
  if (key?.madeThis(Buffer.from(sealed.value)) !== true)
    throw new SecretsKeyError(
      `${file.path} is gone, or not the key with which others were encrypted; put it back from a backup`,
    );
}

/** Where a value belongs: it can be decrypted there and nowhere else. */
function placeOf(repository: number): string {
  return JSON.stringify(['credential', repository]);
}
