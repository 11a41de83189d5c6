import type { Database } from './database.ts';
import type { RunSearch } from './search.ts';
import { indexSome } from './search-index.ts';
import type { SeenTests } from './search-reports.ts';
import { searchRuns } from './search-runs.ts';
import type { Tables } from './tables.ts';

/** {@link RunSearch} in the store's database. */
export function searchIn(database: Database<Tables>): RunSearch {
  const seen: SeenTests = new Map();
  return {
    runs: (filter) => searchRuns(database, filter),
    index: () => database.write((session) => indexSome(session, seen)),
  };
}
