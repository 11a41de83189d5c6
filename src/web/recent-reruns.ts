import { RunNotCompletedError } from '../store/errors.ts';
import { HttpError } from '../support/http-guard.ts';

/** Reruns that are remembered. */
const REMEMBERED = 200;

/** Who asked for a rerun, and when. */
interface Asked {
  readonly by: string | undefined;
  readonly atMs: number;
}

/** Who asked for a rerun lately: of two people who do, the second reads of the first. Gone with a restart of the server. */
export class RecentReruns {
  readonly #asked = new Map<number, Asked>();

  /** A rerun of this run was started. */
  add(run: number, by: string | undefined, at: Date): void {
    this.#asked.delete(run);
    this.#asked.set(run, { by, atMs: at.getTime() });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > REMEMBERED && oldest !== undefined) this.#asked.delete(oldest);
  }

  /** What the next one is told: who was first, if that is why it cannot be; else the error as it is. */
  explain(error: unknown, run: number, now: Date): unknown {
    const first = this.#asked.get(run);
    if (!(error instanceof RunNotCompletedError) || first === undefined) return error;
    const words = `${first.by ?? 'somebody else'} started this rerun ${agoWords(now.getTime() - first.atMs)} ago`;
    const message = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}; it is under way, and there is nothing more to do`;
    return new HttpError(409, 'E_RUN_NOT_COMPLETED', message, { cause: error });
  }
}

function agoWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}
