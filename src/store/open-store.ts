import { randomUUID } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Clock, systemClock } from '../support/clock.ts';
import { ArtifactFiles } from './artifact-files.ts';
import { openDatabase } from './database.ts';
import { KyselyStore } from './kysely-store.ts';
import { runs } from './migrations/0001_runs.ts';
import { smallLogs } from './migrations/0002_small_logs.ts';
import { workflows } from './migrations/0003_workflows.ts';
import { secrets } from './migrations/0004_secrets.ts';
import { tests } from './migrations/0005_tests.ts';
import { artifacts } from './migrations/0006_artifacts.ts';
import { culprit } from './migrations/0007_culprit.ts';
import { retries } from './migrations/0008_retries.ts';
import { reuse } from './migrations/0009_reuse.ts';
import { branches } from './migrations/0011_branches.ts';
import { search } from './migrations/0013_search.ts';
import { access } from './migrations/0014_access.ts';
import { retention } from './migrations/0015_retention.ts';
import { askedBy } from './migrations/0017_asked_by.ts';
import { lines } from './migrations/0020_lines.ts';
import { drained } from './migrations/0025_drained.ts';
import { heads } from './migrations/0026_heads.ts';
import type { ExpansionParts } from './parts.ts';
import { SecretKeyFile } from './secret-key.ts';
import { IN_MEMORY } from './sqlite.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';

/** Those of `signalbox.db`, in the order in which they are applied. */
export const MIGRATIONS = [
  runs,
  smallLogs,
  workflows,
  secrets,
  tests,
  artifacts,
  culprit,
  retries,
  reuse,
  branches,
  search,
  access,
  retention,
  askedBy,
  lines,
  drained,
  heads,
];

/** Options of {@link openStore}. */
export type StoreOptions = ({ readonly home: string } | { readonly path: string }) & {
  /** Default: the clock of the machine. */
  readonly clock?: Clock;
  /** Bound on the size of the database, in pages of 4 kB. Default: none. */
  readonly maxPages?: number;
  /** Where the schema is remembered, to open an empty database sooner. Default: nowhere. */
  readonly schemaFolder?: string;
} & ExpansionParts;

/**
 * Opens the store of a home folder (`<home>/signalbox.db`), making it where there is none. One process has it at a time: hold the
 * lock of the home. With the path `:memory:` everything is gone at its end; what belongs into files gets a folder among the
 * temporary ones, if there is any.
 * @throws {StoreCorruptError} the database is damaged. @throws {StoreNewerError} a newer version of the program wrote it.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { clock = systemClock, maxPages, schemaFolder } = options;
  const path = 'path' in options ? options.path : join(options.home, 'signalbox.db');
  if (path !== IN_MEMORY) await makePrivate(path);
  const database = await openDatabase<Tables>(path, MIGRATIONS, {
    ...(maxPages === undefined ? {} : { maxPages }),
    ...(schemaFolder === undefined ? {} : { schemaFolder }),
  });
  const folder = path === IN_MEMORY ? join(tmpdir(), `signalbox-${randomUUID()}`) : dirname(path);
  const secretKey = new SecretKeyFile(join(folder, 'secrets.key'));
  const artifactFiles = new ArtifactFiles(join(folder, 'artifacts'));
  const store = new KyselyStore(database, { clock, secretKey, artifactFiles, expansion: options });
  await store.recover();
  return store;
}

/** It holds the secrets of repositories: made for its owner alone. What SQLite puts beside it gets the same mode. */
async function makePrivate(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a', 0o600).catch(() => undefined); // what is wrong with it, SQLite says better
  await file?.close();
}
