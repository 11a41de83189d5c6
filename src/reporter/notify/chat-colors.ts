import type { Occasion } from './decide.ts';

/** The colours of the page. */
const FAILURE = '#d63b1f';
const SUCCESS = '#26a06c';

/** What stands beside a message in a chat. */
export const COLORS: Readonly<Record<Occasion, string>> = {
  broken: FAILURE,
  moved: FAILURE,
  still_failing: FAILURE,
  failure: FAILURE,
  fixed: SUCCESS,
  success: SUCCESS,
  error: '#9c48ba',
  cancelled: '#858d96',
};
