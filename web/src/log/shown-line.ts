import { isGroupEnd } from '../../../src/model/log-marks.ts';
import { type Piece, readable } from './ansi.ts';

/** A line as the server tells it: `LogLine` of `/api/jobs/:id/log/lines`. */
export interface RawLine {
  readonly n: number;
  readonly text: string;
  readonly cut?: number;
  readonly at: string | null;
}

/** A line as the page shows it. */
export interface ShownLine {
  readonly n: number;
  readonly pieces: readonly Piece[];
  /** Bytes that are left out. */
  readonly cut: number;
  readonly at: string | null;
  /** It ends a group, and says nothing. */
  readonly isEnd?: boolean;
}

/** Takes colours and commands out of the text of a line. */
export function shownLine({ n, text, cut = 0, at }: RawLine): ShownLine {
  return { n, pieces: readable(text), cut, at, ...(isGroupEnd(text) ? { isEnd: true } : {}) };
}
