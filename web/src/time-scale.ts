const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** Parts of a scale. */
const PARTS = 4;
/** Round steps, in milliseconds. */
const STEPS = [
  ...[15 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 6 * HOUR, 24 * HOUR],
];

/** An axis from now on. */
export interface TimeScale {
  readonly totalMs: number;
  /** The words at its beginning, at each quarter and at its end. */
  readonly ticks: readonly string[];
}

/** The shortest axis with round steps that reaches to `ms`; beyond four days it ends there. */
export function scaleOf(ms: number): TimeScale {
  const step = STEPS.find((one) => one * PARTS >= ms) ?? 24 * HOUR;
  const ticks = Array.from({ length: PARTS + 1 }, (_, at) => (at === 0 ? 'now' : tick(at * step)));
  return { totalMs: step * PARTS, ticks };
}

function tick(ms: number): string {
  if (ms < MINUTE) return `${ms / SECOND} s`;
  if (ms < HOUR)
    return ms % MINUTE === 0 ? `${ms / MINUTE} m` : `${Math.floor(ms / MINUTE)} m ${(ms % MINUTE) / SECOND} s`;
  return ms < 48 * HOUR
    ? ms % HOUR === 0
      ? `${ms / HOUR} h`
      : `${(ms / HOUR).toFixed(1)} h`
    : `${ms / (24 * HOUR)} d`;
}
