/** Sweeps over the columns; more change nothing in graphs of any size that occurs. */
const SWEEPS = 4;

/** Something in a column, and what it follows in the column before. */
interface Ordered {
  readonly id: string;
  readonly before: readonly string[];
}

/** Puts the places of each column in an order in which few lines cross: each near the middle of its neighbours. */
export function orderLayers<Place extends Ordered>(columns: readonly (readonly Place[])[]): Place[][] {
  const ordered = columns.map((column) => [...column]);
  const after = new Map<string, string[]>();
  for (const { id, before } of ordered.flat())
    for (const one of before) after.set(one, [...(after.get(one) ?? []), id]);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const isBack = sweep % 2 === 1;
    for (let step = 1; step < ordered.length; step++) {
      const at = isBack ? ordered.length - 1 - step : step;
      const places = new Map((ordered[isBack ? at + 1 : at - 1] ?? []).map(({ id }, place) => [id, place]));
      sortByNeighbours(ordered[at] ?? [], (one) => (isBack ? (after.get(one.id) ?? []) : one.before), places);
    }
  }
  return ordered;
}

/** Stable: what has no neighbours, or the same ones, stays as it was. */
function sortByNeighbours<Place extends Ordered>(
  column: Place[],
  neighbours: (place: Place) => readonly string[],
  places: ReadonlyMap<string, number>,
): void {
  const middles = new Map(
    column.map((one, at) => {
      const near = neighbours(one).flatMap((id) => places.get(id) ?? []);
      return [one.id, near.length === 0 ? at : near.reduce((sum, place) => sum + place, 0) / near.length];
    }),
  );
  column.sort((a, b) => (middles.get(a.id) ?? 0) - (middles.get(b.id) ?? 0));
}
