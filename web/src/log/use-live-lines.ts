import { useEffect } from 'preact/hooks';
import type { LogBook } from './log-book.ts';

/** Takes in what a job that runs says, as it says it. */
export function useLiveLines(book: LogBook, job: number, execution: number, isLive: boolean): void {
  useEffect(() => {
    if (!isLive) return undefined;
    const source = new EventSource(`/live/jobs/${job}/log?execution=${execution}&from=${Math.max(1, book.total)}`);
    source.onmessage = (message) => {
      const { total, lines } = JSON.parse(message.data);
      book.grew(total, lines);
    };
    source.addEventListener('end', () => source.close());
    return () => source.close();
  }, [book, job, execution, isLive]);
}
