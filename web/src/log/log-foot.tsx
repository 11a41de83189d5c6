import { count } from '../words.ts';
import type { Opening } from './opening.ts';
import type { Outline } from './outline.ts';
import type { LogPlace } from './use-log-place.ts';

/** What stands below a log: where one is in it, how long it is, and the way to its end. */
export function LogFoot(props: {
  readonly opening: Opening;
  readonly isLive: boolean;
  readonly place: LogPlace;
  readonly outline: Outline | null;
  readonly total: number;
  readonly hasFailed: boolean;
}) {
  const { opening, isLive, place, outline, total, hasFailed } = props;
  return (
    <div class="logfoot" role="status">
      <span>{place.isFollowing ? <Following /> : whereWords(opening, place, outline?.first_failure ?? null)}</span>
      <span class="dim">
        {count(total, 'line')}
        {isLive && ' so far'}
        {hasFailed && ', lines could not be read; trying again'}
      </span>
      <button
        class={`btn s${isLive && !place.isFollowing ? ' main' : ''}`}
        type="button"
        onClick={place.follow}
        disabled={place.isFollowing}
      >
        {isLive ? 'Follow' : 'To the end'} <kbd>End</kbd>
      </button>
    </div>
  );
}

/** Without a script nothing is followed. */
function Following() {
  return (
    <>
      <span class="scripted">Following the newest line</span>
      <noscript>Opened at its end</noscript>
    </>
  );
}

function whereWords({ why, line }: Opening, { spot, chosen }: LogPlace, firstFailure: number | null) {
  if (spot.kind === 'end') return 'At its end';
  if (spot.kind === 'left') return ['Stopped following at ', <b key="b">line {spot.line}</b>];
  if (spot.kind === 'opened') return openedWords(why, line);
  const isRange = chosen !== null && chosen.to > chosen.from && spot.line >= chosen.from && spot.line <= chosen.to;
  if (isRange)
    return [
      'At ',
      <b key="b">
        lines {chosen.from} to {chosen.to}
      </b>,
    ];
  return [spot.line === firstFailure ? 'At the first failure, ' : 'At ', <b key="b">line {spot.line}</b>];
}

function openedWords(why: Opening['why'], line: number | null) {
  if (why === 'end') return 'Opened at its end';
  return [why === 'failure' ? 'Opened at the first failure, ' : 'Opened at ', <b key="b">line {line}</b>];
}
