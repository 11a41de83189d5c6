import { useContext, useEffect, useRef } from 'preact/hooks';
import { Services } from '../services.ts';
import type { LogBook } from './log-book.ts';

/**
 * Takes in what a job that runs says, as it says it. What it said last may come after the news that it is over: the server
 * says when that was all.
 */
export function useLiveLines(book: LogBook, job: number, execution: number, isLive: boolean): void {
  const { live } = useContext(Services);
  const wasLive = useRef(false);
  wasLive.current ||= isLive;
  const isFollowed = wasLive.current;
  useEffect(() => {
    if (!isFollowed) return undefined;
    let isAll = false;
    const follow = () => open(book, job, execution, () => (isAll = true));
    let source = follow();
    // a browser does not try again after a proxy has said that nobody is there, nor after it has slept
    const leave = live.onConnection(() => {
      if (live.connection.state !== 'live' || isAll) return;
      source.close();
      source = follow();
    });
    return () => {
      leave();
      source.close();
    };
  }, [book, job, execution, isFollowed, live]);
}

function open(book: LogBook, job: number, execution: number, onEnd: () => void): EventSource {
  const source = new EventSource(`/live/jobs/${job}/log?execution=${execution}&from=${Math.max(1, book.total)}`);
  source.onmessage = (message) => {
    const { total, lines } = JSON.parse(message.data);
    book.grew(total, lines);
  };
  source.addEventListener('end', () => {
    onEnd();
    source.close();
  });
  return source;
}
