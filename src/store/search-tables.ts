import type { Generated } from 'kysely';

/** Texts that FTS5 finds; what is written cannot be read again. */
interface SearchTexts {
  rowid: number;
  text: string;
}

/** Which runs `search_runs` has: one row, once it was begun. */
interface SearchState {
  id: Generated<number>;
  low: number;
  high: number;
}

/** Test reports that are to be taken into the search. */
interface SearchReports {
  job: number;
  execution: number;
  /** How many of its tests are. */
  done: number;
}

/** What the search finds runs and tests by. */
export interface SearchTables {
  search_runs: SearchTexts;
  search_tests: SearchTexts;
  search_state: SearchState;
  search_reports: SearchReports;
}
