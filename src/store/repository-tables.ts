import type { Generated } from 'kysely';
import type { Instant, Json } from './columns.ts';

/** A repository; a removed one stays as the name of its runs. */
interface Repositories {
  id: Generated<number>;
  name: string;
  sources: Json;
  git_dir: string | null;
  secret: string;
  baseline: Json;
  created_at: Instant;
  removed_at: Instant | null;
  /** Counts its changes, so that copies in memory can be told from the truth. */
  version: number;
}

/** Apart from `repositories`, since it changes with each run. */
interface RepositoryCounters {
  repository: number;
  /** Number of its newest run. */
  last_number: number;
}

/** Where branches are, as far as pushes told. */
interface Branches {
  repository: number;
  ref: string;
  sha: string;
  at: Instant;
}

/** The repositories that are watched, and where their branches are. */
export interface RepositoryTables {
  repositories: Repositories;
  repository_counters: RepositoryCounters;
  branches: Branches;
}
