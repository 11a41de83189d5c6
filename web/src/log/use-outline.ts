import { useEffect, useState } from 'preact/hooks';
import type { Outline } from './outline.ts';

/** How often the outline of a log that grows is asked for, in milliseconds. */
const AGAIN_MS = 2_000;
const TIMEOUT_MS = 30_000;

/** What stands out in a log: as it came with the page, and of a log that is large, or grows, as the server tells later. */
export function useOutline(job: number, execution: number, given: Outline | null, isLive: boolean): Outline | null {
  const [outline, setOutline] = useState(given);
  const isKnown = given !== null && !isLive;
  useEffect(() => {
    if (isKnown) {
      setOutline(given);
      return undefined;
    }
    const ask = async () => {
      const path = `/api/jobs/${job}/log/outline?execution=${execution}`;
      const answer = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(() => undefined);
      if (answer?.ok === true) setOutline(await answer.json());
    };
    void ask();
    if (!isLive) return undefined;
    const timer = setInterval(() => document.hidden || void ask(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [job, execution, isKnown, isLive, given]);
  return outline;
}
