import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useRepaint } from '../use-repaint.ts';
import { type Fold, Rows } from './folds.ts';
import { LogBar } from './log-bar.tsx';
import { askApi, LogBook } from './log-book.ts';
import { LogFoot } from './log-foot.tsx';
import { LogList } from './log-list.tsx';
import { LogMarks } from './log-marks.tsx';
import type { Opening } from './opening.ts';
import { foldsOf, type Outline, type OutlineStep } from './outline.ts';
import { useLiveLines } from './use-live-lines.ts';
import { useLogPlace } from './use-log-place.ts';
import { useOutline } from './use-outline.ts';
import { useJump, useSearch } from './use-search.ts';

/** A log: bar, lines, and below them where one is. */
export function LogView(props: {
  readonly job: { readonly id: number; readonly name: string };
  readonly steps: readonly OutlineStep[];
  readonly isLive: boolean;
  readonly opening: Opening;
}) {
  const { job, steps, isLive, opening } = props;
  const { execution } = opening;
  const book = useBook(job.id, opening);
  useLiveLines(book, job.id, execution, isLive);
  const outline = useOutline(job.id, execution, opening.outline, isLive);
  const [query, setQuery] = useState(opening.query);
  const search = useSearch(job.id, execution, query);
  const { hits } = search;
  const [toggled, setToggled] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [sought, seek] = useState(opening.line);
  const { rows, folds } = useRows(book, outline, steps, toggled, sought);
  const { total } = book;
  const place = useLogPlace({ rows, folds, outline, hits, isLive, total, startsAt: opening.line, setToggled, seek });
  const jump = useJump(query, search, place.jump);
  const toggle = useCallback((fold: Fold) => setToggled((before) => new Map(before).set(fold.id, !fold.isOpen)), []);
  const sinceOf = useCallback((line: number) => sinceOfLine(outline, steps, line), [outline, steps]);
  const failures = useMemo(() => new Set(outline?.first_failure == null ? [] : [outline.first_failure]), [outline]);
  return (
    <>
      <LogBar
        {...{ job: job.id, execution, query, hits, hasFailure: failures.size > 0 }}
        at={hits.lines.indexOf(place.here) + 1}
        onQuery={setQuery}
        onJump={jump}
        onFailure={place.toFailure}
      />
      <div class="logbox">
        <LogList
          {...{ rows, book, failures, sinceOf, query: hits.query, handle: place.list, chosen: place.chosen }}
          isFollowing={place.isFollowing}
          label={`Log of ${job.name}`}
          openAt={opening.line === null ? 'end' : rows.indexOf(opening.line)}
          onToggle={toggle}
          onChoose={place.choose}
          onLeaveEnd={place.leaveEnd}
        />
        <LogMarks total={book.total} failures={outline?.failures ?? []} hits={hits.lines} />
      </div>
      <LogFoot {...{ opening, isLive, place, outline, total: book.total, hasFailed: book.hasFailed }} />
    </>
  );
}

function useBook(job: number, opening: Opening): LogBook {
  const { execution } = opening;
  // what the page is sent again later is known by then
  const first = useRef(opening);
  if (first.current.execution !== execution) first.current = opening;
  const book = useMemo(() => {
    const { total, lines } = first.current;
    return new LogBook(askApi(job, execution), total, lines);
  }, [job, execution]);
  const repaint = useRepaint();
  useEffect(() => book.onChange(repaint), [book, repaint]);
  return book;
}

function useRows(
  book: LogBook,
  outline: Outline | null,
  steps: readonly OutlineStep[],
  toggled: ReadonlyMap<string, boolean>,
  /** Line that has to be in sight; null: none. */
  sought: number | null,
): { readonly rows: Rows; readonly folds: readonly Fold[] } {
  const { total } = book;
  return useMemo(() => {
    const known = outline === null ? [] : foldsOf({ ...outline, total_lines: total }, steps, (id) => toggled.get(id));
    const folds = sought === null ? known : openedAt(known, sought, toggled);
    return { rows: new Rows(total, folds), folds };
  }, [total, outline, steps, toggled, sought]);
}

/** Opens what hides a line, but for what somebody has closed. */
function openedAt(folds: readonly Fold[], line: number, toggled: ReadonlyMap<string, boolean>): Fold[] {
  return folds.map((fold) => {
    const { from, to, id, inner } = fold;
    if (line < from || line > to) return fold;
    return { ...fold, isOpen: toggled.get(id) ?? true, inner: openedAt(inner, line, toggled) };
  });
}

function sinceOfLine(outline: Outline | null, steps: readonly OutlineStep[], line: number): string | null {
  const begun = outline?.steps.findLast((step) => step.line <= line);
  return steps.find(({ index }) => index === begun?.index)?.started_at ?? null;
}
