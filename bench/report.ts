/** One figure beside its floor, both measured in the same run. */
export interface Figure {
  readonly name: string;
  /** What was measured. */
  readonly value: number;
  /** The same by the barest means; undefined where the figure has an absolute bound only. */
  readonly floor?: number;
  readonly unit: 'ms' | 'jobs/s' | 'requests/s' | 's' | 'kB' | 'MB' | '%' | 'µs';
  /** What it should be: the ratio to the floor (or the value itself where there is no floor). */
  readonly bound: { readonly atMost: number } | { readonly atLeast: number };
  /** What else a reader has to know. */
  readonly note?: string;
}

/** Middle of the numbers; of two middles the mean. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const low = sorted[Math.ceil(half) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(half)] ?? Number.NaN;
  return (low + high) / 2;
}

/** Prints one line of the table: name, value, floor, ratio, bound, and whether it holds. */
export function print(figure: Figure): void {
  const { name, value, floor, unit, bound } = figure;
  const compared = floor === undefined ? value : value / floor;
  const holds = 'atMost' in bound ? compared <= bound.atMost : compared >= bound.atLeast;
  const limit = 'atMost' in bound ? `≤ ${bound.atMost}` : `≥ ${bound.atLeast}`;
  const columns = [
    name.padEnd(58),
    `${round(value)} ${unit}`.padStart(18),
    (floor === undefined ? '' : `floor ${round(floor)}`).padStart(16),
    (floor === undefined ? '' : `× ${compared.toFixed(2)}`).padStart(9),
    limit.padStart(9),
    holds ? '  holds' : '  DOES NOT HOLD',
  ];
  console.log(columns.join(''));
  if (figure.note !== undefined) console.log(`    ${figure.note}`);
}

function round(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
