import type { Conclusion, Status } from '../model/conclusion.ts';

type Colour = 'green' | 'red' | 'magenta' | 'yellow' | 'gray' | 'blue';

/** How a state looks. */
export interface Look {
  readonly sign: string;
  readonly word: string;
  readonly colour: Colour;
}

/** Each state has a sign of its own, so that it can be read without colours. */
const CONCLUDED: Readonly<Record<Conclusion, Look>> = {
  success: { sign: '✓', word: 'passed', colour: 'green' },
  failure: { sign: '✗', word: 'failed', colour: 'red' },
  error: { sign: '!', word: 'could not be tested', colour: 'magenta' },
  cancelled: { sign: '⊘', word: 'cancelled', colour: 'gray' },
  timed_out: { sign: '⧗', word: 'timed out', colour: 'yellow' },
  skipped: { sign: '»', word: 'skipped', colour: 'gray' },
};
const RETRIED: Look = { sign: '↻', word: 'passed after retry', colour: 'yellow' };
const QUEUED: Look = { sign: '◌', word: 'waiting', colour: 'gray' };
const RUNNING: Look = { sign: '●', word: 'running', colour: 'blue' };

/** Anything that has a status and a conclusion: a run, a job. */
export interface Verdict {
  readonly status: Status;
  readonly conclusion: Conclusion | null;
  /** It failed before, and was executed again by itself. */
  readonly retried?: boolean | undefined;
}

/** The look of a run, a job or a step. */
export function lookOf({ status, conclusion, retried }: Verdict): Look {
  if (conclusion === 'success' && retried === true) return RETRIED;
  if (conclusion !== null) return CONCLUDED[conclusion];
  return status === 'in_progress' ? RUNNING : QUEUED;
}
