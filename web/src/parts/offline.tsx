import { useContext, useEffect } from 'preact/hooks';
import { Services } from '../services.ts';
import { useRepaint } from '../use-repaint.ts';
import { clockTime } from '../words.ts';
import { useConnection } from './header.tsx';

/** Says that nobody answers, since when, and when it is tried again; goes by itself. */
export function Offline() {
  const connection = useConnection();
  const { ticker, live } = useContext(Services);
  const repaint = useRepaint();
  useEffect(() => ticker.subscribe(repaint), [ticker, repaint]);
  if (connection.state !== 'offline') return null;
  const seconds = Math.max(0, Math.ceil((connection.nextTryMs - Date.now()) / 1_000));
  const since = clockTime(connection.since).replace(/\.\d+$/, '');
  return (
    <div class="note" role="alert">
      <b class="warn">No connection to the server since {since}.</b>
      <span>
        What you see may be old. Jobs go on, and their logs are kept.{' '}
        <span aria-hidden="true">{seconds === 0 ? 'Trying now.' : `Next try in ${seconds} s.`}</span>
      </span>
      <button class="btn" type="button" onClick={() => live.retry()}>
        Try now
      </button>
    </div>
  );
}
