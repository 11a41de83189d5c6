/** Marks that are drawn at most: the edge has not more room. */
const MOST = 400;

/** Where failures (red) and places found (amber) are in the whole log, at its right edge. */
export function LogMarks(props: {
  readonly total: number;
  readonly failures: readonly number[];
  readonly hits: readonly number[];
}) {
  const { total, failures, hits } = props;
  if (total === 0) return null;
  return (
    <svg class="marks" viewBox="0 0 10 1000" preserveAspectRatio="none" aria-hidden="true">
      <path d={pathOf(failures, total)} />
      <path class="m" d={pathOf(hits, total)} />
    </svg>
  );
}

function pathOf(lines: readonly number[], total: number): string {
  const places = new Set(lines.map((line) => Math.round((line / total) * MOST)));
  return [...places].map((place) => `M2 ${Math.round((place / MOST) * 1000)}h6`).join('');
}
