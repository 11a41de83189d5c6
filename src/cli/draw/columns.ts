import type { Terminal } from '../terminal.ts';
import { clip, padEnd, padStart, widthOf } from './width.ts';

/** How a column behaves when there is not enough room for all. */
export interface Column {
  /** The fewest columns of the terminal that it may be cut to; without it, it is never cut. */
  readonly min?: number;
  /** It leaves before those with a higher number do; without it, it stays. */
  readonly leaves?: number;
  /** Numbers and times stand under each other at their end. */
  readonly align?: 'right';
}

type Rows = readonly (readonly string[])[];

const GAP = '  ';

/**
 * Rows whose columns stand under each other. A column that is empty in all rows is left out. On a terminal they fit its
 * width: columns that may leave go one by one, then those that may be cut share what is left. Elsewhere, where a program
 * reads them, they are whole.
 */
export function columns(rows: Rows, columns: readonly Column[], terminal: Terminal): readonly string[] {
  const natural = columns.map((_, at) => Math.max(0, ...rows.map((row) => widthOf(row[at] ?? ''))));
  const all = natural.flatMap((width, at) => (width > 0 ? [at] : []));
  const room = terminal.width;
  const shown = room === undefined ? all : thatFit(all, { columns, natural, room });
  const widths = room === undefined ? natural : shared(shown, { columns, natural, room });
  return rows.map((row) => {
    const cells = shown.map((at, place) => {
      const cell = clip(row[at] ?? '', widths[at] ?? 0);
      if (columns[at]?.align === 'right') return padStart(cell, widths[at] ?? 0);
      return place === shown.length - 1 ? cell : padEnd(cell, widths[at] ?? 0);
    });
    const line = cells.join(GAP).trimEnd();
    return room === undefined ? line : clip(line, room);
  });
}

interface Measures {
  readonly columns: readonly Column[];
  readonly natural: readonly number[];
  readonly room: number;
}

/** What stays when those that may leave have left until the others fit, cut as far as they may be. */
function thatFit(all: readonly number[], { columns, natural, room }: Measures): readonly number[] {
  const least = (at: number) => Math.min(natural[at] ?? 0, columns[at]?.min ?? natural[at] ?? 0);
  const leaving = all
    .filter((at) => columns[at]?.leaves !== undefined)
    .sort((a, b) => (columns[a]?.leaves ?? 0) - (columns[b]?.leaves ?? 0));
  let shown = all;
  while (total(shown, least) > room && leaving.length > 0) {
    const gone = leaving.shift();
    shown = shown.filter((at) => at !== gone);
  }
  return shown;
}

/** The widths of those that are shown: what is too much is taken from the widest of those that may be cut. */
function shared(shown: readonly number[], { columns, natural, room }: Measures): readonly number[] {
  const widths = [...natural];
  const spare = (at: number) => (widths[at] ?? 0) - (columns[at]?.min ?? Number.POSITIVE_INFINITY);
  for (let over = total(shown, (at) => widths[at] ?? 0) - room; over > 0; over--) {
    const [widest] = shown.filter((at) => spare(at) > 0).sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function total(shown: readonly number[], width: (at: number) => number): number {
  return shown.reduce((sum, at) => sum + width(at), 0) + GAP.length * Math.max(0, shown.length - 1);
}
