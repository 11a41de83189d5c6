import type { RefObject } from 'preact';
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Fold, Row, Rows } from './folds.ts';
import { Line } from './line.tsx';
import type { LogBook } from './log-book.ts';
import { moved, roomPerRow, type ScrollWindow, windowAround } from './scroll-window.ts';

/** What is done with the list from outside. */
export interface ListHandle {
  /** Brings a row into sight, a third from the top; or the end of the log to the bottom. */
  show(row: number | 'end'): void;
}

interface ListProps {
  readonly rows: Rows;
  readonly book: LogBook;
  readonly label: string;
  /** Row at which the list opens, a third from the top; `end`: at its end. */
  readonly openAt: number | 'end';
  readonly isFollowing: boolean;
  readonly failures: ReadonlySet<number>;
  readonly chosen: { readonly from: number; readonly to: number } | null;
  readonly query: string;
  readonly handle: RefObject<ListHandle | null>;
  /** When the step of a line began; ISO 8601. */
  sinceOf(line: number): string | null;
  onToggle(fold: Fold): void;
  onChoose(line: number, isRange: boolean): void;
  /** Somebody scrolled up, or selected something: the first line that is in sight. */
  onLeaveEnd(line: number): void;
}

/** An estimate until a row was measured, in pixels. */
const ROW_PX = 19;

/** A place that stays where it is while the rows around it change. */
interface Anchor {
  readonly row: number;
  /** How far below the top edge, in pixels. */
  readonly offset: number;
}

/** The lines of a log, of which only those around what is in sight are in the document. */
export function LogList(props: ListProps) {
  const { rows, label, isFollowing, openAt } = props;
  const box = useRef<HTMLDivElement>(null);
  const first = openAt === 'end' ? rows.count - 1 : openAt;
  const [range, setRange] = useState<ScrollWindow>(() => windowAround(first, rows.count));
  const anchor = useRef<Anchor | 'end' | null>(openAt === 'end' ? 'end' : { row: openAt, offset: Number.NaN });
  const isNew = useRef(true);
  const rowPx = useRef(ROW_PX);
  const sight = useRef<{ readonly line: number; readonly offset: number } | null>(null);
  const shown = useRef(rows);
  if (shown.current !== rows) {
    // what is folded has changed, or the log has grown: the line that somebody looks at stays where it is
    shown.current = rows;
    if (sight.current !== null && anchor.current === null)
      anchor.current = { row: rows.indexOf(sight.current.line), offset: sight.current.offset };
  }
  const held =
    anchor.current !== null && anchor.current !== 'end' ? around(range, anchor.current.row, rows.count) : range;
  const window = fitting(held, rows.count, isFollowing);
  const perRow = () => roomPerRow(rowPx.current, rows.count);

  useImperativeHandle(
    props.handle,
    () => ({
      show(row) {
        anchor.current = row === 'end' ? 'end' : { row, offset: Number.NaN };
        setRange((now) => (row === 'end' ? windowAround(rows.count - 1, rows.count) : around(now, row, rows.count)));
        box.current?.scrollIntoView({ block: 'nearest' }); // a low window scrolls as a whole
      },
    }),
    [rows],
  );

  useLayoutEffect(() => {
    const { current } = box;
    if (current === null) return;
    rowPx.current = heightOfRow(current) ?? rowPx.current;
    // before it was taken over it was put where it opens, or scrolled by somebody: that stays in sight
    if (isNew.current && current.scrollTop > 0 && !isAtEnd(current)) anchor.current = anchorOf(current);
    isNew.current = false;
    setRoom(current, window.top * perRow(), (rows.count - window.end) * perRow());
    if (isFollowing || anchor.current === 'end') current.scrollTop = current.scrollHeight;
    else if (anchor.current !== null) keep(current, anchor.current);
    anchor.current = null;
    sight.current = sightOf(current, rows);
    if (window.top !== range.top || window.end !== range.end) setRange(window);
  });

  const looked = useRef(0);
  const scrolled = () => {
    const { current } = box;
    if (current === null) return;
    const isUp = current.scrollTop < looked.current - 1;
    looked.current = current.scrollTop;
    sight.current = sightOf(current, rows) ?? sight.current;
    if (isFollowing && isUp && !isAtEnd(current)) props.onLeaveEnd(lineInSight(current, rows));
    const next = moved(window, measure(current), rows.count, perRow());
    if (next.top === window.top && next.end === window.end) return;
    anchor.current = anchorOf(current) ?? { row: Math.floor(current.scrollTop / perRow()), offset: 0 };
    setRange(next);
  };
  useSelection(box, () => {
    if (isFollowing && box.current !== null) props.onLeaveEnd(lineInSight(box.current, rows));
  });

  const told = { 'data-open-at': openAt, 'data-digits': String(props.book.total).length };
  return (
    <div ref={box} class="log" role="region" aria-label={label} tabIndex={0} onScroll={scrolled} {...told}>
      <div class="room" />
      {Array.from({ length: Math.max(0, window.end - window.top) }, (_, at) => window.top + at).map((index) => {
        const row = rows.at(index);
        return row === undefined ? null : <RowView key={keyOf(row)} index={index} row={row} {...props} />;
      })}
      <div class="room" />
    </div>
  );
}

function RowView(props: ListProps & { readonly index: number; readonly row: Row }) {
  const { index, row, book, failures, chosen, query, onToggle, onChoose } = props;
  const choose = useCallback(
    (event: MouseEvent, n: number) => {
      event.preventDefault();
      onChoose(n, event.shiftKey);
    },
    [onChoose],
  );
  if (row.kind === 'fold') return <FoldRow index={index} fold={row.fold} depth={row.depth} onToggle={onToggle} />;
  const { line } = row;
  return (
    <Line
      n={line}
      row={index}
      line={book.line(line)}
      since={props.sinceOf(line)}
      isChosen={chosen !== null && line >= chosen.from && line <= chosen.to}
      isBad={failures.has(line)}
      query={query}
      onChoose={choose}
    />
  );
}

/** Without a script it leads to the same page with this part open. */
function FoldRow(props: {
  readonly index: number;
  readonly fold: Fold;
  readonly depth: number;
  onToggle(fold: Fold): void;
}) {
  const { index, fold, depth, onToggle } = props;
  return (
    <a
      class={`fold${depth > 0 ? ' in' : ''}`}
      href={`?line=${fold.from}`}
      role="button"
      aria-expanded={fold.isOpen}
      data-row={index}
      onClick={(event) => {
        event.preventDefault();
        onToggle(fold);
      }}
    >
      {fold.title !== '' && <b>{fold.title}</b>}
      {(!fold.isOpen || fold.title === '') && <span>{fold.note}</span>}
    </a>
  );
}

function keyOf(row: Row): string {
  return row.kind === 'fold' ? row.fold.id : `L${row.line}`;
}

/** The window, cut to the rows that there are; at the end of the log while that is followed. */
function fitting(window: ScrollWindow, count: number, isFollowing: boolean): ScrollWindow {
  if (isFollowing) return windowAround(count - 1, count);
  if (window.top < count || count === 0)
    return { top: window.top, end: Math.min(Math.max(window.end, window.top + 300), count) };
  return windowAround(count - 1, count);
}

function around(now: ScrollWindow, row: number, count: number): ScrollWindow {
  const isInside = row >= now.top && row < now.end - 100;
  return isInside ? now : windowAround(row, count);
}

function isAtEnd({ scrollTop, scrollHeight, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < 8;
}

function roomsOf(box: HTMLElement): [HTMLElement, HTMLElement] {
  return [box.firstElementChild as HTMLElement, box.lastElementChild as HTMLElement];
}

function setRoom(box: HTMLElement, before: number, after: number): void {
  const [first, last] = roomsOf(box);
  first.style.height = `${before}px`;
  last.style.height = `${after}px`;
}

function measure(box: HTMLElement) {
  const [first, last] = roomsOf(box);
  return {
    scrollTop: box.scrollTop,
    clientHeight: box.clientHeight,
    windowTop: first.offsetTop + first.offsetHeight,
    windowBottom: last.offsetTop,
  };
}

function rowsIn(box: HTMLElement): HTMLElement[] {
  return [...box.querySelectorAll<HTMLElement>('[data-row]')];
}

function heightOfRow(box: HTMLElement): number | undefined {
  const all = rowsIn(box);
  const [first, last] = [all[0], all.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  return (last.offsetTop + last.offsetHeight - first.offsetTop) / all.length;
}

/** The first row that is in sight, and where it is. */
function anchorOf(box: HTMLElement): Anchor | null {
  const row = rowsIn(box).find((one) => one.offsetTop + one.offsetHeight > box.scrollTop);
  if (row === undefined || row.offsetTop > box.scrollTop + box.clientHeight) return null;
  return { row: Number(row.dataset.row), offset: row.offsetTop - box.scrollTop };
}

/** Puts the row of the anchor where it was; one that has no place yet a third from the top. */
function keep(box: HTMLElement, { row, offset }: Anchor): void {
  const found = box.querySelector<HTMLElement>(`[data-row="${row}"]`);
  if (found === null) return;
  const wanted = found.offsetTop - (Number.isNaN(offset) ? box.clientHeight / 3 : offset);
  if (Math.abs(box.scrollTop - wanted) > 0.5) box.scrollTop = wanted;
}

function lineInSight(box: HTMLElement, rows: Rows): number {
  return sightOf(box, rows)?.line ?? 1;
}

/** The line, or fold, at the top edge, and how far below it, in pixels. */
function sightOf(box: HTMLElement, rows: Rows): { readonly line: number; readonly offset: number } | null {
  const anchor = anchorOf(box);
  const row = anchor && rows.at(anchor.row);
  if (!row) return null;
  return { line: row.kind === 'line' ? row.line : row.fold.from, offset: anchor.offset };
}

/** Calls `selected` when text in the box is selected. */
function useSelection(box: RefObject<HTMLElement | null>, selected: () => void): void {
  const latest = useRef(selected);
  latest.current = selected;
  useEffect(() => {
    const look = () => {
      const selection = document.getSelection();
      if (selection === null || selection.isCollapsed || box.current === null) return;
      if (box.current.contains(selection.anchorNode)) latest.current();
    };
    document.addEventListener('selectionchange', look);
    return () => document.removeEventListener('selectionchange', look);
  }, [box]);
}
