import type { RunDetailJson } from '../../../src/web/run-detail.ts';
import { duration, lampOf, wordOf } from '../words.ts';
import { ClockTime } from './time.tsx';

/** The moments of a push that are shown. */
type Moments = Pick<
  RunDetailJson,
  'attempt' | 'committed_at' | 'received_at' | 'dispatched_at' | 'started_at' | 'completed_at' | 'status' | 'conclusion'
>;

/** Milliseconds from one moment to another; undefined if one of them is not there yet. */
export function between(from: string | null, to: string | null): number | undefined {
  return from === null || to === null ? undefined : Math.max(0, Date.parse(to) - Date.parse(from));
}

/** The way of a push as a line with stations, each hop with its time; of a later attempt, from when it was asked for. */
export function Way({ run }: { readonly run: Moments }) {
  const last = lampOf(run.status, run.conclusion);
  const isOver = run.completed_at !== null;
  const isAgain = run.attempt > 1;
  const started = isAgain ? undefined : startedWords(run);
  const word = wordOf(last);
  return (
    <ol class="way" aria-label="The way of this push">
      {!isAgain && (
        <>
          <Station name="Committed" at={run.committed_at} hop={commitHop(run)} other={run.received_at} />
          <Station name="Received" at={run.received_at} hop={hop(run.received_at, run.dispatched_at)} />
        </>
      )}
      <Station
        name={isAgain ? 'Asked again' : 'Dispatched'}
        at={run.dispatched_at}
        hop={hop(run.dispatched_at, run.started_at ?? run.completed_at)}
      />
      {(run.started_at !== null || !isOver) && (
        <Station
          name="Started"
          at={run.started_at}
          hop={hop(run.started_at, run.completed_at)}
          {...(started === undefined ? {} : { words: started })}
        />
      )}
      {isOver ? (
        <li class={last}>
          <b>{word.slice(0, 1).toUpperCase() + word.slice(1)}</b>
          {run.completed_at !== null && <ClockTime at={run.completed_at} />}
        </li>
      ) : (
        <li class="queued">
          <b>Verdict</b>
        </li>
      )}
    </ol>
  );
}

/** The way before there was any push. */
export function EmptyWay() {
  return (
    <ol class="way" aria-label="The way of a push, waiting for the first one">
      {['Committed', 'Received', 'Dispatched', 'Started', 'Green'].map((name) => (
        <li key={name} class={name === 'Started' ? 'queued wide' : 'queued'}>
          <b>{name}</b>
        </li>
      ))}
    </ol>
  );
}

function Station(props: {
  readonly name: string;
  readonly at: string | null;
  readonly hop: string | undefined;
  readonly words?: string;
  readonly other?: string | null;
}) {
  const { name, at, words } = props;
  if (at === null)
    return (
      <li class="queued">
        <b>{name}</b>
      </li>
    );
  // the next one is not reached yet
  const classes = [...(words === undefined ? [] : ['wide']), ...(props.hop === undefined ? ['open'] : [])].join(' ');
  return (
    <li class={classes === '' ? undefined : classes}>
      <b>{name}</b>
      <ClockTime at={at} {...(props.other ? { other: props.other } : {})} />
      {words !== undefined && <em>{words}</em>}
      {props.hop !== undefined && <span class="hop">{props.hop}</span>}
    </li>
  );
}

function hop(from: string | null, to: string | null): string | undefined {
  const ms = between(from, to);
  return ms === undefined ? undefined : duration(ms);
}

/** Since the commit where its time is known to the millisecond, else since it was received. */
function startedWords({ committed_at: committed, received_at: received, started_at: started }: Moments) {
  const isExact = committed !== null && new Date(committed).getMilliseconds() !== 0;
  const ms = between(isExact ? committed : received, started);
  if (ms === undefined) return undefined;
  return `${duration(ms)} after ${isExact ? 'the commit' : 'it was received'}`;
}

/** Git keeps whole seconds only: what lies within the one of the commit cannot be told apart. */
function commitHop({ committed_at: from, received_at: to }: Moments): string | undefined {
  const ms = between(from, to);
  if (ms === undefined || from === null) return undefined;
  if (new Date(from).getMilliseconds() !== 0) return duration(ms);
  return ms < 1_000 ? 'under 1 s' : duration(Math.floor(ms / 1_000) * 1_000);
}
