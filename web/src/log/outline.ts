import type { Conclusion, Status } from '../../../src/model/conclusion.ts';
import { count, duration } from '../words.ts';
import { piecesOf } from './ansi.ts';
import type { Fold } from './folds.ts';

/** A step as the page knows it. */
export interface OutlineStep {
  readonly index: number;
  readonly name: string;
  readonly status: Status;
  readonly conclusion: Conclusion | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
}

/** What stands out in a log, as `/api/jobs/:id/log/outline` tells it. */
export interface Outline {
  readonly total_lines: number;
  readonly bytes: number;
  readonly is_complete: boolean;
  readonly steps: readonly { readonly index: number; readonly line: number }[];
  readonly groups: readonly {
    readonly line: number;
    readonly end: number | null;
    readonly lines: number | null;
    readonly title: string;
  }[];
  readonly failures: readonly number[];
  readonly first_failure: number | null;
}

/** A stretch without a failure that is shorter stays as it is. */
const LONG_STRETCH = 60;
/** Lines before a failure that stay in sight. */
const BEFORE_FAILURE = 5;

/**
 * The folds of a log: groups before the first step, steps, in them groups, and before the first failure a long stretch that
 * passed. `isOpen` says of those that somebody has opened or closed; the others are open where there is something to be
 * seen: the step that failed, else the one that runs or was last; and what comes before the first step, while that is all.
 */
export function foldsOf(
  outline: Outline,
  steps: readonly OutlineStep[],
  isOpen: (id: string) => boolean | undefined,
): Fold[] {
  const total = outline.total_lines;
  const begun = outline.steps.flatMap(({ index, line }) => {
    const step = steps.find((one) => one.index === index);
    return step === undefined || step.conclusion === 'skipped' ? [] : [{ step, line }];
  });
  const failed = begun.find(({ step }) => isBad(step.conclusion))?.step;
  const shown = failed ?? begun.at(-1)?.step;
  const head = (begun[0]?.line ?? total + 1) - 1;
  const before = groupFolds(outline.groups, 1, head, (id) => isOpen(id) ?? begun.length === 0);
  const ofSteps = begun.flatMap(({ step, line }, at) => {
    const to = (begun[at + 1]?.line ?? total + 1) - 1;
    // of a step that said nothing there is nothing to unfold
    if (to < line && step.status === 'completed') return [];
    const id = `step-${step.index}`;
    const inner = innerFolds(outline, { from: line, to, isFailed: step === failed }, isOpen);
    const note = [to < line ? 'no output yet' : count(to - line + 1, 'line'), ...tookOf(step)].join(', ');
    return [{ id, title: step.name, note, from: line, to, isOpen: isOpen(id) ?? step === shown, inner }];
  });
  return [...before, ...ofSteps];
}

/** The groups among the lines `from` to `to`, folded as `isOpen` says. */
function groupFolds(
  groups: Outline['groups'],
  from: number,
  to: number,
  isOpen: (id: string, group: { readonly from: number; readonly to: number }) => boolean,
): Fold[] {
  return groups
    .filter(({ line, end }) => line >= from && (end ?? to) <= to)
    .map(({ line, end, lines, title }): Fold => {
      const id = `group-${line}`;
      const last = end ?? to;
      const note = count(lines ?? Math.max(0, last - line), 'line');
      const range = { from: line, to: last };
      return { id, title: plain(title), note, ...range, isHead: true, isOpen: isOpen(id, range), inner: [] };
    });
}

/** A title without its colours. */
function plain(title: string): string {
  const pieces = piecesOf(title);
  return pieces.map(({ text }) => text).join('');
}

function innerFolds(
  { groups, first_failure: failure }: Outline,
  { from, to, isFailed }: { readonly from: number; readonly to: number; readonly isFailed: boolean },
  isOpen: (id: string) => boolean | undefined,
): Fold[] {
  const holdsFailure = (group: { readonly from: number; readonly to: number }) =>
    isFailed && failure !== null && failure >= group.from && failure <= group.to;
  const inside = groupFolds(groups, from, to, (id, group) => isOpen(id) ?? holdsFailure(group));
  if (!isFailed || failure === null) return inside;
  const start = Math.max(
    from,
    ...inside.filter((group) => group.to < failure && group.from === from).map((g) => g.to + 1),
  );
  const end = failure - BEFORE_FAILURE - 1;
  if (end - start < LONG_STRETCH) return inside;
  const id = `stretch-${start}`;
  const hidden = inside.filter((group) => group.from >= start && group.to <= end);
  const note = `${count(end - start + 1, 'line')} without a failure`;
  const stretch: Fold = { id, title: '', note, from: start, to: end, isOpen: isOpen(id) ?? false, inner: hidden };
  const others = inside.filter((group) => group.to < start || group.from > end);
  return [...others, stretch].sort((a, b) => a.from - b.from);
}

function tookOf({ started_at: from, completed_at: to }: OutlineStep): string[] {
  return from === null || to === null ? [] : [duration(Date.parse(to) - Date.parse(from))];
}

function isBad(conclusion: Conclusion | null): boolean {
  return conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'error';
}
