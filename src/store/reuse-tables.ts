import type { Instant } from './columns.ts';

/** Green verdicts that other runs can take over. */
interface GreenTrees {
  repository: number;
  fingerprint: string;
  /** Null: `signalbox run` of the same machine. */
  run: number | null;
  number: number | null;
  duration_ms: number;
  at: Instant;
}

/** What taking over verdicts saved, and would have saved where it is off. */
interface ReuseSavingsRows {
  repository: number;
  runs: number;
  saved_ms: number;
  would_save_runs: number;
  would_save_ms: number;
}

/** Verdicts that other runs take over. */
export interface ReuseTables {
  green_trees: GreenTrees;
  reuse_savings: ReuseSavingsRows;
}
