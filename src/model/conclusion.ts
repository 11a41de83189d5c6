/** How a run, a job or a step ended. `failure`: the tests said no. `error`: they could not be asked. */
export const CONCLUSIONS = ['success', 'failure', 'error', 'cancelled', 'timed_out', 'skipped'] as const;
export type Conclusion = (typeof CONCLUSIONS)[number];

/** What people see of a run or a job. */
export const STATUSES = ['queued', 'in_progress', 'completed'] as const;
export type Status = (typeof STATUSES)[number];

/** From the one that decides a run first to the one that decides it last. */
const WORST_FIRST: readonly Conclusion[] = ['failure', 'timed_out', 'error', 'cancelled', 'success', 'skipped'];

/** The conclusion of a run from those of its jobs: the worst one; `skipped` if there are none. */
export function worstOf(conclusions: readonly Conclusion[]): Conclusion {
  return WORST_FIRST.find((conclusion) => conclusions.includes(conclusion)) ?? 'skipped';
}

/** How a process ended: with an exit status (0 to 255) or by a signal (`SIGKILL`). */
export type Exit = { readonly status: number } | { readonly signal: string };

/** `exit code 1`, `signal SIGKILL`. */
export function describeExit(exit: Exit): string {
  return 'status' in exit ? `exit code ${exit.status}` : `signal ${exit.signal}`;
}
