import type { JobFacts } from './job-facts.ts';

/** What happens to the jobs of a run that is over when it is tried again. Everything that is not named is kept. */
export interface RerunPlan {
  /** Definitions that become one waiting job again, and are expanded anew; found tests are never among them. */
  readonly reset: readonly { readonly parent: string; readonly definition: string }[];
  /** Keys of jobs that are tried again as they are. */
  readonly retry: readonly string[];
  /** Keys of calls some of whose jobs are tried again. */
  readonly reopen: readonly string[];
}

type Todo = { [K in keyof RerunPlan]: RerunPlan[K][number][] };

/**
 * Which jobs are tried again: all of them, or (`failedOnly`) those that ended neither with success nor skipped, and
 * everything that comes after them. `jobs` are all of the run, each completed.
 */
export function planRerun(jobs: readonly JobFacts[], failedOnly: boolean): RerunPlan {
  const todo: Todo = { reset: [], retry: [], reopen: [] };
  const found = jobs.filter(({ graph }) => graph === undefined);
  const names = new Map(found.map(({ key, needs }) => [key, needs]));
  const bad = new Set(found.filter((job) => !failedOnly || hasFailed(job)).map(({ key }) => key));
  todo.retry.push(...[...names.keys()].filter((key) => comesAfter(key, names, bad)));
  planScope(jobs, '', failedOnly, todo);
  return todo;
}

/** The jobs of one file: of the run, or of one call. */
function planScope(jobs: readonly JobFacts[], parent: string, failedOnly: boolean, todo: Todo): void {
  const groups = new Map<string, JobFacts[]>();
  for (const job of jobs) {
    if (job.graph?.parent !== parent) continue;
    const { definition } = job.graph;
    groups.set(definition, [...(groups.get(definition) ?? []), job]);
  }
  const needs = new Map([...groups].map(([definition, legs]) => [definition, legs[0]?.needs ?? []]));
  const bad = new Set([...groups].filter(([, legs]) => legs.some(hasFailed)).map(([definition]) => definition));
  for (const [definition, legs] of groups) {
    const isBehind = (needs.get(definition) ?? []).some((need) => comesAfter(need, needs, bad));
    const wasExpanded = legs.every(({ graph }) => graph?.isExpanded);
    if (!failedOnly || isBehind || (bad.has(definition) && !wasExpanded)) todo.reset.push({ parent, definition });
    else for (const leg of legs.filter(hasFailed)) planLeg(jobs, leg, todo);
  }
}

function planLeg(jobs: readonly JobFacts[], leg: JobFacts, todo: Todo): void {
  const isOpen = jobs.some(({ graph }) => graph?.parent === leg.key);
  if (!isOpen) todo.retry.push(leg.key);
  else {
    todo.reopen.push(leg.key);
    planScope(jobs, leg.key, true, todo);
  }
}

function hasFailed({ state }: JobFacts): boolean {
  return state.status === 'completed' && state.conclusion !== 'success' && state.conclusion !== 'skipped';
}

/** Is it one of these, or does it need one of them, directly or not? */
function comesAfter(
  name: string,
  needs: ReadonlyMap<string, readonly string[]>,
  these: ReadonlySet<string>,
  seen = new Set<string>(),
): boolean {
  if (these.has(name)) return true;
  if (seen.has(name)) return false;
  seen.add(name);
  return (needs.get(name) ?? []).some((need) => comesAfter(need, needs, these, seen));
}
