import type { Place } from '../model/workflow.ts';
import { nearest } from '../support/nearest.ts';
import { type ProblemList, quote } from './workflow-problem.ts';

/** What a job says it needs, as it is written. */
export interface WrittenNeeds {
  readonly id: string;
  readonly at: Place;
  readonly needs: readonly { readonly text: string; readonly at: Place }[];
}

/**
 * The ids of the jobs that each job needs, as those jobs write them (case does not count, each once). Jobs that are not
 * there, and jobs that wait for themselves over others, are problems.
 */
export function checkNeeds(
  jobs: readonly WrittenNeeds[],
  problems: ProblemList,
): ReadonlyMap<string, readonly string[]> {
  const ids = new Map(jobs.map((job) => [job.id.toLowerCase(), job.id]));
  const resolved = new Map<string, readonly string[]>();
  for (const job of jobs) {
    const found = job.needs.flatMap(({ text, at }) => {
      const id = ids.get(text.toLowerCase());
      if (id === undefined && text !== '') problems.add(unknown(job.id, text, [...ids.values()]), at);
      return id === undefined ? [] : [id];
    });
    resolved.set(job.id, [...new Set(found)]);
  }
  reportCycle(jobs, resolved, problems);
  return resolved;
}

function unknown(job: string, need: string, ids: readonly string[]): string {
  const near = nearest(need, ids);
  const hint = near === undefined ? `the jobs are ${ids.slice(0, 20).join(', ')}` : `did you mean '${near}'?`;
  return `the job '${job}' needs ${quote(need)}, which is no job of this file; ${hint}`;
}

/** Takes away the jobs whose needs are decided, again and again: what stays waits for itself. */
function reportCycle(
  jobs: readonly WrittenNeeds[],
  needs: ReadonlyMap<string, readonly string[]>,
  problems: ProblemList,
): void {
  const open = new Map(jobs.map((job) => [job.id, needs.get(job.id)?.length ?? 0]));
  const dependents = new Map<string, string[]>();
  for (const [id, of] of needs) for (const need of of) dependents.set(need, [...(dependents.get(need) ?? []), id]);
  const ready = jobs.filter((job) => open.get(job.id) === 0).map((job) => job.id);
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    open.delete(id);
    for (const dependent of dependents.get(id) ?? []) {
      const left = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, left);
      if (left === 0) ready.push(dependent);
    }
  }
  const cycle = findCycle([...open.keys()], needs, open);
  const last = jobs.find((job) => job.id === cycle[0]);
  if (last === undefined) return;
  const place = last.needs.find(({ text }) => text.toLowerCase() === cycle[1]?.toLowerCase())?.at ?? last.at;
  problems.add(`these jobs wait for one another in a circle: ${cycle.join(' → ')}`, place);
}

function findCycle(
  left: readonly string[],
  needs: ReadonlyMap<string, readonly string[]>,
  open: ReadonlyMap<string, number>,
): readonly string[] {
  const path: string[] = [];
  for (let id = left[0]; id !== undefined; id = needs.get(id)?.find((need) => open.has(need))) {
    const before = path.indexOf(id);
    if (before >= 0) return [...path.slice(before), id];
    path.push(id);
  }
  return [];
}
