import { useRef, useState } from 'preact/hooks';
import type { HomeCommit } from '../../../src/web/home-parts.ts';
import { runUrl } from '../urls.ts';
import { count, duration, type Lamp, timeLeft, wordOf } from '../words.ts';

/** Class of the cell of each state; see `strip.css`. */
const CELLS: Readonly<Record<Lamp, string>> = {
  success: '',
  failure: 'f',
  error: 'e',
  timed_out: 't',
  cancelled: 'c',
  skipped: 's',
  queued: 'q',
  in_progress: 'r',
  retried: 'y',
  draining: '',
};

/**
 * One cell per commit, the newest at the right. One tab stop: the arrows move over the commits and tell of each, Enter
 * opens its run. Without a script it is a link to the list of the same commits.
 */
export function Strip(props: {
  readonly states: readonly Lamp[];
  /** From here on the branch is bad; null: it is not. */
  readonly firstBad: number | null;
  /** Where the same commits are a list. */
  readonly href: string;
  /** Asks for what is told of each commit; asked for when somebody points there. */
  load(): Promise<readonly HomeCommit[]>;
}) {
  const { states, firstBad, href, load } = props;
  const [at, setAt] = useState<number | null>(null);
  const [commits, setCommits] = useState<readonly HomeCommit[]>([]);
  const asked = useRef<readonly Lamp[] | null>(null);
  const show = (index: number | null) => {
    setAt(index);
    if (index === null || asked.current === states) return;
    asked.current = states;
    load().then(setCommits, () => {
      asked.current = null;
    });
  };
  const shown = at === null ? undefined : commits[at];
  const open = (event: Event) => {
    if (shown === undefined) return;
    event.preventDefault();
    location.assign(runUrl(shown.run));
  };
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    show(Math.max(0, Math.min(states.length - 1, (at ?? states.length) + by)));
  };
  return (
    <div class="stripbox">
      <a
        class="strip"
        href={href}
        aria-label={stripWords(states)}
        onKeyDown={move}
        onClick={open}
        onFocus={() => at === null && show(states.length - 1)}
        onBlur={() => show(null)}
        onPointerOver={(event) => show(cellOf(event))}
        onPointerLeave={() => show(null)}
      >
        {states.map((state, index) => (
          <i key={index} class={cellClass(state, index === firstBad, index === at)} />
        ))}
      </a>
      {shown !== undefined && at !== null && <Tip commit={shown} isFirstBad={at === firstBad} />}
      <span class="sr" aria-live="polite">
        {shown === undefined ? '' : tipWords(shown).join(', ')}
      </span>
    </div>
  );
}

function Tip({ commit, isFirstBad }: { readonly commit: HomeCommit; readonly isFirstBad: boolean }) {
  const [title, about, verdict] = tipWords(commit);
  return (
    <div class="tip" aria-hidden="true">
      <b>{title}</b>
      <span>{about}</span>
      <span>{isFirstBad ? `${verdict}: first bad commit` : verdict}</span>
    </div>
  );
}

function tipWords(commit: HomeCommit): [string, string, string] {
  const { title, sha, author, duration_ms: ms, state } = commit;
  const word = wordOf(state);
  const time = ms === null ? leftWords(commit) : duration(ms);
  const about = [sha.slice(0, 7), author, ...(time === '' ? [] : [time])].join(' · ');
  return [title === '' ? '(no message)' : title, about, word.slice(0, 1).toUpperCase() + word.slice(1)];
}

function leftWords({ started_at: from, usual_ms: usualMs }: HomeCommit): string {
  return from === null || usualMs === null ? '' : timeLeft(Date.parse(from) + usualMs - Date.now());
}

function cellClass(state: Lamp, isFirstBad: boolean, isShown: boolean): string | undefined {
  const names = [CELLS[state], isFirstBad ? 'k' : '', isShown ? 'at' : ''].filter((name) => name !== '');
  return names.length === 0 ? undefined : names.join(' ');
}

/** The cell under the pointer, also between two of them. */
function cellOf(event: PointerEvent): number | null {
  const strip = event.currentTarget;
  if (!(strip instanceof HTMLElement)) return null;
  const cells = [...strip.querySelectorAll('i')];
  const found = cells.findIndex((cell) => event.clientX <= cell.getBoundingClientRect().right + 1);
  return found < 0 ? null : found;
}

/** `Last 50 commits: 47 passed, 3 failed`. */
export function stripWords(states: readonly Lamp[]): string {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(wordOf(state), (counts.get(wordOf(state)) ?? 0) + 1);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).map(([word, number]) => `${number} ${word}`);
  if (states.length === 0) return 'No commits yet';
  return `Last ${count(states.length, 'commit')}: ${sorted.join(', ')}`;
}

/** What the cells mean. */
export function StripLegend() {
  const states = [
    'success',
    'failure',
    'error',
    'timed_out',
    'cancelled',
    'skipped',
    'retried',
    'in_progress',
    'queued',
  ] as const;
  return (
    <div class="legend" role="note" aria-label="Legend">
      {states.map((state) => (
        <span key={state}>
          <span class="strip" aria-hidden="true">
            <i class={CELLS[state]} />
          </span>
          {wordOf(state)}
        </span>
      ))}
    </div>
  );
}
