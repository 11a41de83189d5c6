import { orderLayers } from './order-layers.ts';
import { placeInColumn } from './place-in-column.ts';

/** What is to be laid out: a box of a size in pixels, and the boxes before it. Names that are not there are ignored. */
export interface GraphNode {
  readonly id: string;
  readonly needs: readonly string[];
  readonly width: number;
  readonly height: number;
}

/** A box in its column. `above`: empty pixels between it and the box before it, or the top. */
export interface PlacedNode {
  readonly id: string;
  readonly y: number;
  readonly above: number;
}

/** A column of boxes. */
export interface Column {
  readonly x: number;
  readonly width: number;
  readonly nodes: readonly PlacedNode[];
}

/** A line from a box to one that needs it, as the `d` of an SVG path. */
export interface GraphLine {
  readonly from: string;
  readonly to: string;
  readonly path: string;
}

/** Where everything is, in pixels. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly columns: readonly Column[];
  readonly lines: readonly GraphLine[];
}

/** Between two columns, and between two boxes or lines of one. */
const COLUMN_GAP = 46;
const ROW_GAP = 10;
/** Height of the way of a line past the boxes of a column. */
const LANE = 4;
/** How far a corner is cut at 45 degrees. */
const CORNER = 8;
/** Rounds of straightening; the picture does not change visibly after these. */
const ROUNDS = 6;

/** A box, or the way of a line through a column that it does not stop at. */
interface Place {
  readonly id: string;
  readonly height: number;
  readonly before: readonly string[];
}

/**
 * Lays out boxes in columns by the longest way to each, with lines that run level and turn at 45 degrees. What is needed
 * through another box anyway gets no line of its own. Boxes that need each other in a circle stand in the first column.
 */
export function layOut(nodes: readonly GraphNode[]): GraphLayout {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const layers = layersOf(nodes, byId);
  const needs = directNeeds(nodes, byId, layers);
  const { columns: places, chains } = placesOf(nodes, needs, layers);
  const ordered = orderLayers(places);
  const centres = centresOf(ordered);
  const top = Math.min(0, ...ordered.flat().map(({ id, height }) => (centres.get(id) ?? 0) - height / 2));
  const yOf = (id: string) => (centres.get(id) ?? 0) - top;
  let x = 0;
  const columns = ordered.map((column): Column => {
    const boxes = column.filter(({ id }) => byId.has(id));
    const width = Math.max(0, ...boxes.map(({ id }) => byId.get(id)?.width ?? 0));
    let end = 0;
    const placed = boxes.map(({ id, height }) => {
      const y = Math.round(yOf(id) - height / 2);
      const above = Math.max(0, y - end);
      end = y + height;
      return { id, y, above };
    });
    const made = { x, width, nodes: placed };
    x += width + COLUMN_GAP;
    return made;
  });
  const bottoms = ordered.flat().map(({ id, height }) => yOf(id) + height / 2);
  const lines = chains.map(({ from, to, through }) => {
    const stops = [from, ...through, to];
    const first = layers.get(from) ?? 0;
    return { from, to, path: pathOf(stops.map(yOf), columns.slice(first, first + stops.length)) };
  });
  return { width: Math.max(0, x - COLUMN_GAP), height: Math.ceil(Math.max(0, ...bottoms)), columns, lines };
}

/** The number of the column of each box: the longest way to it. */
function layersOf(nodes: readonly GraphNode[], byId: ReadonlyMap<string, GraphNode>): Map<string, number> {
  const layers = new Map<string, number>();
  const under = new Set<string>();
  const layerOf = (id: string): number => {
    const known = layers.get(id);
    if (known !== undefined) return known;
    if (under.has(id)) return -1; // a circle
    under.add(id);
    const needs = (byId.get(id)?.needs ?? []).filter((need) => byId.has(need) && need !== id);
    const layer = Math.max(-1, ...needs.map(layerOf)) + 1;
    under.delete(id);
    layers.set(id, layer);
    return layer;
  };
  for (const { id } of nodes) layerOf(id);
  return layers;
}

/** Without what is needed through another box anyway. */
function directNeeds(
  nodes: readonly GraphNode[],
  byId: ReadonlyMap<string, GraphNode>,
  layers: ReadonlyMap<string, number>,
): Map<string, readonly string[]> {
  const layer = (id: string) => layers.get(id) ?? 0;
  const real = (node: GraphNode) =>
    [...new Set(node.needs)].filter((need) => byId.has(need) && layer(need) < layer(node.id));
  const reach = new Map<string, ReadonlySet<string>>();
  const reachOf = (id: string): ReadonlySet<string> => {
    const known = reach.get(id);
    if (known !== undefined) return known;
    const node = byId.get(id);
    const before = node === undefined ? [] : real(node);
    const all = new Set(before.flatMap((need) => [need, ...reachOf(need)]));
    reach.set(id, all);
    return all;
  };
  return new Map(
    nodes.map((node) => {
      const needs = real(node);
      return [node.id, needs.filter((need) => !needs.some((other) => reachOf(other).has(need)))];
    }),
  );
}

/** The boxes of each column, and a lane for each line that passes one; lines of one box share their lanes. */
function placesOf(
  nodes: readonly GraphNode[],
  needs: ReadonlyMap<string, readonly string[]>,
  layers: ReadonlyMap<string, number>,
) {
  const columns: Place[][] = Array.from({ length: Math.max(0, ...layers.values()) + 1 }, () => []);
  const lanes = new Set<string>();
  const chains: { from: string; to: string; through: string[] }[] = [];
  for (const { id, height } of nodes) {
    const to = layers.get(id) ?? 0;
    const before = (needs.get(id) ?? []).map((from) => {
      const through: string[] = [];
      let last = from;
      for (let at = (layers.get(from) ?? 0) + 1; at < to; at++) {
        const lane = `${from}\n${at}`;
        if (!lanes.has(lane)) columns[at]?.push({ id: lane, height: LANE, before: [last] });
        lanes.add(lane);
        through.push(lane);
        last = lane;
      }
      chains.push({ from, to: id, through });
      return last;
    });
    columns[to]?.push({ id, height, before });
  }
  return { columns, chains };
}

/** Middle of each place: as level with its neighbours as the order allows. */
function centresOf(columns: readonly (readonly Place[])[]): Map<string, number> {
  const centres = new Map<string, number>();
  const after = new Map<string, string[]>();
  for (const { id, before } of columns.flat())
    for (const one of before) after.set(one, [...(after.get(one) ?? []), id]);
  for (const column of columns) placeInColumn(column, ROW_GAP, () => undefined, centres);
  for (let round = 0; round < ROUNDS; round++) {
    const isBack = round % 2 === 1;
    for (const column of isBack ? [...columns].reverse() : columns) {
      const wish = ({ id, before }: Place) => {
        const near = isBack ? (after.get(id) ?? []) : before;
        const seen = near.flatMap((one) => centres.get(one) ?? []);
        return seen.length === 0 ? centres.get(id) : seen.reduce((sum, one) => sum + one, 0) / seen.length;
      };
      placeInColumn(column, ROW_GAP, wish, centres);
    }
  }
  return centres;
}

/** From the right edge of the first column to the left edge of the last one. */
function pathOf(ys: readonly number[], columns: readonly Column[]): string {
  const [first = 0] = ys.map(Math.round);
  const start = (columns[0]?.x ?? 0) + (columns[0]?.width ?? 0);
  let path = `M${start} ${first}`;
  for (let at = 1; at < ys.length; at++) {
    const [from = 0, to = 0] = [ys[at - 1], ys[at]].map((y) => Math.round(y ?? 0));
    const column = columns[at];
    const left = column?.x ?? 0;
    path += turn(left - COLUMN_GAP, from, left, to);
    if (at < ys.length - 1) path += `H${left + (column?.width ?? 0)}`;
  }
  return path;
}

/** Through the gap between two columns: a straight slope where it fits, else along the middle with two cut corners. */
function turn(left: number, from: number, right: number, to: number): string {
  const rise = Math.abs(to - from);
  if (rise === 0) return `H${right}`;
  const down = to > from ? 1 : -1;
  if (rise <= COLUMN_GAP - 2 * CORNER) {
    const begin = left + (right - left - rise) / 2;
    return `H${begin}L${begin + rise} ${to}H${right}`;
  }
  const middle = (left + right) / 2;
  const cut = CORNER * down;
  return `H${middle - CORNER}L${middle} ${from + cut}V${to - cut}L${middle + CORNER} ${to}H${right}`;
}
