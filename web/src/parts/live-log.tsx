import { useEffect, useRef, useState } from 'preact/hooks';
import type { LogTail } from '../../../src/web/log-tail.ts';
import { size } from '../words.ts';

/** Lines that are kept in the page. */
const MOST_LINES = 5_000;

interface Job {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly executions: number;
}

/** The end of a log, which goes on while its job runs. The lines are markup that the server made and escaped. */
export function LiveLog({ job, tail }: { readonly job: Job; readonly tail: LogTail | null }) {
  const box = useRef<HTMLDivElement>(null);
  const isLive = job.status !== 'completed';
  const { lines, open, follow, isFollowing } = useLines(job, tail, isLive);
  useEffect(() => {
    if (isFollowing && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  });
  const scrolled = () => {
    const { current } = box;
    if (current !== null) follow(current.scrollHeight - current.scrollTop - current.clientHeight < 24);
  };
  return (
    <div class="plainlog">
      <div class="logbar">
        <span>Log</span>
        {tail?.isCut === true && <span class="dim">only its end is shown here</span>}
        {isLive && !isFollowing && (
          <button class="btn s" type="button" onClick={() => follow(true)}>
            Follow the end
          </button>
        )}
        <a class="link" href={`/api/jobs/${job.id}/log`}>
          Whole log{tail !== null && `, ${size(tail.size)}`}
        </a>
      </div>
      <div ref={box} class="plain" tabIndex={0} role="region" aria-label={`Log of ${job.name}`} onScroll={scrolled}>
        {lines.length === 0 && open === '' && <p class="dim">No output yet.</p>}
        {[...lines, ...(open === '' ? [] : [open])].map((line, at) => (
          <p key={at} dangerouslySetInnerHTML={{ __html: line }} />
        ))}
      </div>
    </div>
  );
}

/** The lines so far; listens for more while the job runs. */
function useLines(job: Job, tail: LogTail | null, isLive: boolean) {
  const [text, setText] = useState({ lines: tail?.lines ?? [], open: tail?.open ?? '' });
  const [isFollowing, follow] = useState(true);
  const start = useRef({ execution: job.executions, offset: tail?.offset ?? 0 });
  useEffect(() => {
    if (!isLive) return undefined;
    const { execution, offset } = start.current;
    const source = new EventSource(`/live/jobs/${job.id}/log?execution=${execution}&offset=${offset}`);
    const mark = (words: string) =>
      setText((before) => ({ lines: [...before.lines, `<i class="d">${words}</i>`], open: '' }));
    source.onmessage = (message) => {
      const { done, open }: { done: readonly string[]; open: string } = JSON.parse(message.data);
      setText((before) => ({ lines: [...before.lines, ...done].slice(-MOST_LINES), open }));
    };
    source.addEventListener('execution', (message) => {
      const next: number = JSON.parse(message.data).execution;
      if (next !== execution) mark(`Execution ${next}`);
    });
    source.addEventListener('skip', () => mark('A piece is left out here; the whole log has it'));
    source.addEventListener('end', () => source.close());
    return () => source.close();
  }, [job.id, isLive]);
  return { ...text, isFollowing, follow };
}
