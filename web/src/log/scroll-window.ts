/** Rows that are in the document at once. */
const WINDOW = 300;
/** By how many rows the window moves. */
const STEP = 150;
/** Browsers cannot make elements much higher: of longer logs a row takes less room outside the window than inside. */
const MOST_PX = 8_000_000;

/** Which rows are in the document, and how much room the others take. */
export interface ScrollWindow {
  /** First row, counted from 0. */
  readonly top: number;
  /** The row behind the last one. */
  readonly end: number;
}

/** What the document measures. */
export interface Measures {
  readonly scrollTop: number;
  readonly clientHeight: number;
  /** Where the rows of the window begin and end. */
  readonly windowTop: number;
  readonly windowBottom: number;
}

/** The window around a row. */
export function windowAround(row: number, rows: number): ScrollWindow {
  const top = Math.max(0, Math.min(row - Math.floor(WINDOW / 3), rows - WINDOW));
  return { top, end: Math.min(rows, top + WINDOW) };
}

/** Room for one row outside of the window, in pixels. */
export function roomPerRow(rowHeight: number, rows: number): number {
  return Math.min(rowHeight, MOST_PX / Math.max(1, rows));
}

/** Where the window has to go for what is in sight; the same object if it can stay. */
export function moved(now: ScrollWindow, measures: Measures, rows: number, perRow: number): ScrollWindow {
  const { scrollTop, clientHeight, windowTop, windowBottom } = measures;
  const bottom = scrollTop + clientHeight;
  // far away: somebody took the scroll bar
  if (bottom < windowTop) return windowAround(Math.floor(scrollTop / perRow), rows);
  if (scrollTop > windowBottom) {
    const behind = now.end + Math.floor((scrollTop - windowBottom) / perRow);
    return windowAround(behind, rows);
  }
  const near = 1.5 * clientHeight;
  if (scrollTop - windowTop < near && now.top > 0) return shifted(now, -STEP, rows);
  if (windowBottom - bottom < near && now.end < rows) return shifted(now, STEP, rows);
  return now;
}

function shifted(now: ScrollWindow, by: number, rows: number): ScrollWindow {
  const top = Math.max(0, Math.min(now.top + by, rows - WINDOW));
  return { top, end: Math.min(rows, top + WINDOW) };
}
