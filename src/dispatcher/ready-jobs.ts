import type { Plan } from '../model/plan.ts';

/** Jobs that can be given at once, at most: whoever has room asks where nobody knows how many legs a matrix has. */
export function countReady(commits: readonly { readonly plan: Plan }[]): number {
  return commits.reduce((sum, { plan }) => sum + readyOf(plan), 0);
}

function readyOf({ jobs, definition, held, skipped, error }: Plan): number {
  if (held !== undefined || skipped !== undefined || error !== undefined) return 0;
  const first = (definition?.jobs ?? []).filter((job) => job.needs.length === 0);
  const many = first.some((job) => job.strategy !== undefined || job.uses !== undefined);
  return many ? Number.POSITIVE_INFINITY : first.length + jobs.filter((job) => job.needs.length === 0).length;
}
