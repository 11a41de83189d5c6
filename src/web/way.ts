import type { RunRecord } from '../store/store.ts';
import { type Html, html } from './html.ts';
import { clockTime, duration, lampOf, wordOf } from './words.ts';

/** The moments of a push that are shown. */
type Moments = Pick<
  RunRecord,
  'committedAt' | 'receivedAt' | 'dispatchedAt' | 'startedAt' | 'completedAt' | 'status' | 'conclusion'
>;

/** From being told of a commit to the first process of its tests, in milliseconds; undefined before. */
export function startMs(run: Pick<RunRecord, 'receivedAt' | 'startedAt'>): number | undefined {
  return run.startedAt === null ? undefined : Math.max(0, run.startedAt.getTime() - run.receivedAt.getTime());
}

/** The way of a push as a line with stations, each hop with its time. */
export function way(run: Moments): Html {
  const last = lampOf(run.status, run.conclusion);
  const startedAfter = startMs(run);
  const words = startedAfter === undefined ? undefined : `${duration(startedAfter)} after it was received`;
  const isOver = run.completedAt !== null;
  return html`<ol class="way" aria-label="The way of this push">
<li><b>Committed</b>${time(run.committedAt, run.receivedAt)}<span class="hop">${commitHop(run)}</span></li>
${station('Received', run.receivedAt, hop(run.receivedAt, run.dispatchedAt))}
${station('Dispatched', run.dispatchedAt, hop(run.dispatchedAt, run.startedAt ?? run.completedAt), undefined, run.startedAt === null && !isOver)}
${run.startedAt === null && isOver ? null : station('Started', run.startedAt, hop(run.startedAt, run.completedAt), words, run.startedAt !== null && !isOver)}
${isOver ? html`<li class="${last}"><b>${capital(wordOf(last))}</b>${time(run.completedAt)}</li>` : html`<li class="queued"><b>Verdict</b></li>`}
</ol>`;
}

/** The way before there was any push. */
export function emptyWay(): Html {
  const names = ['Committed', 'Received', 'Dispatched', 'Started', 'Green'];
  return html`<ol class="way" aria-label="The way of a push, waiting for the first one">${names.map((name) => html`<li class="queued"><b>${name}</b></li>`)}</ol>`;
}

function station(name: string, at: Date | null, hopWords: string | undefined, words?: string, isNow = false): Html {
  if (at === null) return html`<li class="queued"><b>${name}</b></li>`;
  const more = words === undefined ? null : html`<em>${words}</em>`;
  const kind = [words === undefined ? '' : 'wide', isNow ? 'now' : ''].join(' ').trim();
  return html`<li class="${kind}"><b>${name}</b>${time(at)}${more}${hopWords === undefined ? null : html`<span class="hop">${hopWords}</span>`}</li>`;
}

function time(at: Date | null, other?: Date): Html | null {
  return at === null
    ? null
    : html`<time datetime="${at.toISOString()}" title="${at.toISOString()}">${clockTime(at, other)}</time>`;
}

function hop(from: Date | null, to: Date | null): string | undefined {
  return from === null || to === null ? undefined : duration(to.getTime() - from.getTime());
}

/** Git keeps whole seconds only: what lies within the one of the commit cannot be told apart. */
function commitHop({ committedAt, receivedAt }: Moments): string {
  const ms = receivedAt.getTime() - committedAt.getTime();
  if (committedAt.getMilliseconds() !== 0) return duration(ms);
  return ms < 1_000 ? 'under 1 s' : duration(Math.floor(ms / 1_000) * 1_000);
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
