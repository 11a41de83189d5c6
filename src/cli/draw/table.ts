import type { Terminal } from '../terminal.ts';
import { columns } from './columns.ts';

/** Lines whose columns stand under each other; on a terminal the last one is cut where it ends. */
export function table(rows: readonly (readonly string[])[], terminal: Terminal): readonly string[] {
  const many = Math.max(0, ...rows.map((row) => row.length));
  const wishes = Array.from({ length: many }, (_, at) => (at === many - 1 ? { min: 10 } : {}));
  return columns(rows, wishes, terminal);
}
