/** Lines that can be folded away below one row. */
export interface Fold {
  /** Stays the same while the log grows. */
  readonly id: string;
  readonly title: string;
  /** What the row says beside the title, while it is folded. */
  readonly note: string;
  /** First line below the row, counted from 1. */
  readonly from: number;
  /** Last one, inclusive; less than `from`: there is none. */
  readonly to: number;
  /** The row stands for the first line, which has no other. */
  readonly isHead?: boolean;
  readonly isOpen: boolean;
  readonly inner: readonly Fold[];
}

/** What stands at one place of the list. */
export type Row =
  | { readonly kind: 'fold'; readonly fold: Fold; readonly depth: number }
  | { readonly kind: 'line'; readonly line: number };

type Segment =
  | { readonly kind: 'fold'; readonly row: number; readonly fold: Fold; readonly depth: number }
  | { readonly kind: 'lines'; readonly row: number; readonly from: number; readonly to: number };

/** The rows of a log of any length, as ranges: what is folded has no rows but one. */
export class Rows {
  readonly #segments: Segment[] = [];
  #count = 0;

  /** @param total lines of the log. @param folds in order, without overlaps. */
  constructor(total: number, folds: readonly Fold[]) {
    this.#add(1, total, folds, 0);
  }

  get count(): number {
    return this.#count;
  }

  /** The row at `index`, counted from 0. */
  at(index: number): Row | undefined {
    if (index < 0 || index >= this.#count) return undefined;
    const segment = this.#segments[this.#find((one) => one.row <= index)];
    if (segment === undefined) return undefined;
    if (segment.kind === 'fold') return { kind: 'fold', fold: segment.fold, depth: segment.depth };
    return { kind: 'line', line: segment.from + (index - segment.row) };
  }

  /** Where a line is, or the fold that hides it. */
  indexOf(line: number): number {
    const at = this.#find((one) => (one.kind === 'lines' ? one.from : one.fold.from) <= line);
    const segment = this.#segments[at];
    if (segment === undefined) return 0;
    return segment.kind === 'lines' ? segment.row + Math.min(line, segment.to) - segment.from : segment.row;
  }

  #add(from: number, to: number, folds: readonly Fold[], depth: number): void {
    let line = from;
    for (const fold of folds) {
      if (fold.from > to) break;
      this.#lines(line, Math.min(fold.from - 1, to));
      this.#segments.push({ kind: 'fold', row: this.#count, fold, depth });
      this.#count += 1;
      const end = Math.min(fold.to, to);
      if (fold.isOpen) this.#add(fold.isHead === true ? fold.from + 1 : fold.from, end, fold.inner, depth + 1);
      line = Math.max(line, end + 1);
    }
    this.#lines(line, to);
  }

  #lines(from: number, to: number): void {
    if (to < from) return;
    this.#segments.push({ kind: 'lines', row: this.#count, from, to });
    this.#count += to - from + 1;
  }

  /** The last segment for which `isBefore` holds; segments are in the order of rows and of lines. */
  #find(isBefore: (segment: Segment) => boolean): number {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const segment = this.#segments[middle];
      if (segment !== undefined && isBefore(segment)) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
