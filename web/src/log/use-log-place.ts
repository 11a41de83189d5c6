import type { RefObject } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { KeyBinding } from '../keys.ts';
import { useKeys } from '../use-keys.ts';
import type { Fold, Rows } from './folds.ts';
import type { ListHandle } from './log-list.tsx';
import type { Outline } from './outline.ts';
import type { Hits } from './use-search.ts';

/** Where somebody is in a log, and how to get elsewhere. */
export interface LogPlace {
  readonly list: RefObject<ListHandle | null>;
  /** The newest line stays in sight. */
  readonly isFollowing: boolean;
  readonly spot: Spot;
  readonly chosen: Chosen | null;
  /** The line that was gone to last; 0: none. */
  readonly here: number;
  /** To the next failure, or the next line that was found. */
  jump(by: 1 | -1): void;
  toFailure(): void;
  follow(): void;
  choose(line: number, isRange: boolean): void;
  leaveEnd(line: number): void;
}

/** Where somebody went last: nowhere yet, to the end, away from following it (with the first line then in sight), or to a line. */
export type Spot =
  | { readonly kind: 'opened' }
  | { readonly kind: 'end' }
  | { readonly kind: 'left'; readonly line: number }
  | { readonly kind: 'line'; readonly line: number };

/** A part of the log that somebody chose, and that the address names. */
export interface Chosen {
  readonly from: number;
  readonly to: number;
}

/** Keeps where somebody is: followed or not, chosen lines, the way from failure to failure. */
export function useLogPlace(given: {
  readonly rows: Rows;
  readonly folds: readonly Fold[];
  readonly outline: Outline | null;
  readonly hits: Hits;
  readonly isLive: boolean;
  /** Lines of the log; while it is live, more may come. */
  readonly total: number;
  /** Line at which the log was opened; null: its end. */
  readonly startsAt: number | null;
  setToggled(change: (before: ReadonlyMap<string, boolean>) => ReadonlyMap<string, boolean>): void;
  /** What hides this line is to be open as soon as the outline is there. */
  seek(line: number): void;
}): LogPlace {
  const { rows, folds, outline, hits, isLive, total, startsAt, setToggled, seek } = given;
  const last = isLive ? Number.POSITIVE_INFINITY : Math.max(1, total);
  const list = useRef<ListHandle>(null);
  const [isFollowing, setFollowing] = useState(isLive && startsAt === null);
  const [spot, setSpot] = useState<Spot>({ kind: 'opened' });
  const [asked, setChosen] = useState<Chosen | null>(null);
  const chosen = useMemo(
    () => asked && { from: Math.min(asked.from, last), to: Math.min(asked.to, last) },
    [asked, last],
  );
  const [here, setHere] = useState(startsAt ?? 0);
  const show = useShow(list, rows);
  const goTo = useCallback(
    (line: number) => {
      setFollowing(false);
      setHere(line);
      setSpot({ kind: 'line', line });
      if (outline === null) seek(line);
      setToggled((before) => opened(before, folds, line));
      show(line);
    },
    [folds, outline, show, setToggled, seek],
  );
  useAddress(chosen, setChosen, (line) => goTo(Math.min(line, last)));
  const follow = useCallback(() => {
    setFollowing(isLive);
    setSpot({ kind: 'end' });
    list.current?.show('end');
  }, [isLive]);
  const stops = hits.lines.length > 0 ? hits.lines : (outline?.failures ?? []);
  const jump = useCallback(
    (by: 1 | -1) => {
      const next = by === 1 ? stops.find((line) => line > here) : stops.findLast((line) => line < here);
      const line = next ?? (by === 1 ? stops[0] : stops.at(-1));
      if (line === undefined) return;
      setChosen({ from: line, to: line });
      goTo(line);
    },
    [stops, here, goTo],
  );
  const first = outline?.first_failure ?? null;
  const toFailure = useCallback(() => (first === null ? undefined : goTo(first)), [first, goTo]);
  const choose = useCallback((line: number, isRange: boolean) => {
    setHere(line);
    setSpot({ kind: 'line', line });
    setChosen((before) => rangeOf(isRange ? before : null, line));
  }, []);
  const leaveEnd = useCallback((line: number) => {
    setFollowing(false);
    setSpot({ kind: 'left', line });
  }, []);
  useKeys(useMemo(() => keysOf({ jump, toFailure, follow }), [jump, toFailure, follow]));
  return { list, isFollowing, spot: within(spot, last), chosen, here, jump, toFailure, follow, choose, leaveEnd };
}

/** A line that there is: a link may have named one beyond the end of a log that has ended. */
function within(spot: Spot, last: number): Spot {
  return spot.kind === 'line' ? { ...spot, line: Math.min(spot.line, last) } : spot;
}

/** Brings a line into sight, when what hides it is open. */
function useShow(list: RefObject<ListHandle | null>, rows: Rows): (line: number) => void {
  const [wanted, setWanted] = useState<{ readonly line: number } | null>(null);
  useEffect(() => {
    if (wanted === null) return;
    list.current?.show(rows.indexOf(wanted.line));
    setWanted(null);
  }, [list, wanted, rows]);
  return useCallback((line: number) => setWanted({ line }), []);
}

/** Opens what hides a line. */
function opened(
  before: ReadonlyMap<string, boolean>,
  folds: readonly Fold[],
  line: number,
): ReadonlyMap<string, boolean> {
  const hiding = (all: readonly Fold[]): Fold[] =>
    all.filter(({ from, to }) => line >= from && line <= to).flatMap((fold) => [fold, ...hiding(fold.inner)]);
  const closed = hiding(folds).filter(({ isOpen }) => !isOpen);
  return closed.length === 0 ? before : new Map([...before, ...closed.map(({ id }) => [id, true] as const)]);
}

/** The chosen lines are in the address, so that a link leads to them. */
function useAddress(chosen: Chosen | null, setChosen: (chosen: Chosen) => void, goTo: (line: number) => void): void {
  const latest = useRef(goTo);
  latest.current = goTo;
  useEffect(() => {
    const look = () => {
      const found = /^#L(\d{1,9})(?:-L?(\d{1,9}))?$/.exec(location.hash);
      if (found === null) return;
      const from = Number(found[1]);
      setChosen({ from, to: Number(found[2] ?? from) });
      latest.current(from);
    };
    look();
    addEventListener('hashchange', look);
    return () => removeEventListener('hashchange', look);
  }, [setChosen]);
  useEffect(() => {
    if (chosen === null) return;
    const hash = chosen.from === chosen.to ? `#L${chosen.from}` : `#L${chosen.from}-L${chosen.to}`;
    if (location.hash !== hash) history.replaceState(null, '', hash);
  }, [chosen]);
}

function rangeOf(before: Chosen | null, line: number): Chosen {
  if (before === null) return { from: line, to: line };
  return { from: Math.min(before.from, line), to: Math.max(before.from, line) };
}

function keysOf(does: { jump(by: 1 | -1): void; toFailure(): void; follow(): void }): readonly KeyBinding[] {
  const key = (keys: string, words: string, run: () => void): KeyBinding => ({ keys, words, group: 'This page', run });
  const press = (id: string) => () => document.getElementById(id)?.click();
  return [
    key('e', 'first failure', does.toFailure),
    key('n', 'next failure, or next place found', () => does.jump(1)),
    key('p', 'the one before', () => does.jump(-1)),
    key('t', 'timestamps', press('times')),
    key('w', 'wrap long lines', press('wrap')),
    key('End', 'the end; follow a job that runs', does.follow),
  ];
}
