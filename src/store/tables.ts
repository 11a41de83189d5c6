import type { EventTables } from './event-tables.ts';
import type { JobTables } from './job-tables.ts';
import type { QueueTables } from './queue-tables.ts';
import type { RepositoryTables } from './repository-tables.ts';
import type { ReuseTables } from './reuse-tables.ts';
import type { RunTables } from './run-tables.ts';
import type { SearchTables } from './search-tables.ts';
import type { TestTables } from './test-tables.ts';
import type { VaultTables } from './vault-tables.ts';

/** The tables of `signalbox.db`. */
export interface Tables
  extends RepositoryTables,
    RunTables,
    ReuseTables,
    JobTables,
    QueueTables,
    EventTables,
    TestTables,
    SearchTables,
    VaultTables {}
