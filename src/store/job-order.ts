import type { Selectable } from 'kysely';
import type { Tables } from './tables.ts';

type Ordered = Pick<Selectable<Tables['jobs']>, 'id' | 'definition' | 'parent' | 'position' | 'kind'>;

/** Jobs of a run as in its workflow file, each call followed by the jobs of its workflow; found tests as they come. */
export function inFileOrder<Row extends Ordered>(rows: readonly Row[], parent = 0): readonly Row[] {
  if (rows.every((row) => row.definition === null)) return rows;
  const own = rows.filter((row) => row.parent === parent).sort((a, b) => a.position - b.position || a.id - b.id);
  return own.flatMap((row) => (row.kind === 'call' ? [row, ...inFileOrder(rows, row.id)] : [row]));
}
