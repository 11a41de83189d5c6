import { RunNotCompletedError } from '../store/errors.ts';
import { HttpError } from '../support/http-guard.ts';

/** Reruns that are remembered. */
const REMEMBERED = 200;

/** Who asked for a rerun, and when. */
interface Asked {
  readonly by: string | undefined;
  readonly atMs: number;
  /** It is not known yet whether it can be. */
  isPending: boolean;
}

/** Who asked for a rerun lately: of two people who do, the second reads of the first. Gone with a restart of the server. */
export class RecentReruns {
  readonly #asked = new Map<number, Asked>();

  /**
   * Does what starts a rerun. Who asks while somebody else does, or while what somebody asked for is under way, is told so,
   * if that is why it cannot be; other errors come as they are.
   */
  async start<T>(run: number, by: string | undefined, now: Date, rerun: () => Promise<T>): Promise<T> {
    const before = this.#asked.get(run);
    const mine: Asked = { by, atMs: now.getTime(), isPending: true };
    if (before?.isPending !== true) this.#set(run, mine);
    try {
      const outcome = await rerun();
      mine.isPending = false;
      this.#set(run, mine);
      return outcome;
    } catch (error) {
      if (this.#asked.get(run) === mine) this.#set(run, before);
      throw explain(error, before, now);
    }
  }

  #set(run: number, asked: Asked | undefined): void {
    this.#asked.delete(run);
    if (asked !== undefined) this.#asked.set(run, asked);
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > REMEMBERED && oldest !== undefined) this.#asked.delete(oldest);
  }
}

function explain(error: unknown, first: Asked | undefined, now: Date): unknown {
  if (!(error instanceof RunNotCompletedError) || first === undefined) return error;
  const words = `${first.by ?? 'somebody else'} started this rerun ${agoWords(now.getTime() - first.atMs)} ago`;
  const message = `${words.slice(0, 1).toUpperCase()}${words.slice(1)}; it is under way, and there is nothing more to do`;
  return new HttpError(409, 'E_RUN_NOT_COMPLETED', message, { cause: error });
}

function agoWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3_600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}
