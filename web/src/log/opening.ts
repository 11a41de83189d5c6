import type { Outline } from './outline.ts';
import type { ShownLine } from './shown-line.ts';

/** What the server sends of a log with its page. */
export interface Opening {
  readonly execution: number;
  /** Lines of the whole log. */
  readonly total: number;
  /** Those around where it opens. */
  readonly lines: readonly ShownLine[];
  /** Line at which it opens; null: its end. */
  readonly line: number | null;
  /** Why there. */
  readonly why: 'asked' | 'failure' | 'end';
  /** Null: the log is so long that it takes a moment. */
  readonly outline: Outline | null;
  /** What was searched for. */
  readonly query: string;
}
