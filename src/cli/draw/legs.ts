import type { ApiJob } from '../../protocol/api-schema.ts';

/** A job, or the legs of one matrix. */
export interface JobGroup {
  readonly name: string;
  readonly jobs: readonly [ApiJob, ...ApiJob[]];
}

/** From what needs a person first to what needs nobody. */
const ORDER = ['failure', 'timed_out', 'error', 'in_progress', 'queued', 'cancelled', 'success', 'skipped'] as const;

function rankOf({ status, conclusion }: ApiJob): number {
  const state = status === 'completed' ? (conclusion ?? 'error') : status;
  return ORDER.indexOf(state);
}

/** Those that need a person first; among equals in the order of the workflow. */
export function worstFirst(jobs: readonly ApiJob[]): readonly ApiJob[] {
  return [...jobs].sort((a, b) => rankOf(a) - rankOf(b));
}

/** Failed, timed out, or could not be tested. */
export function isBad(job: ApiJob): boolean {
  return rankOf(job) <= ORDER.indexOf('error');
}

/** `checks / build` of `checks (12) / build`: values of a matrix stand behind its job, or behind the call that has it. */
function baseName(name: string): string {
  return name.replace(/ \([^()]*\)(?= \/ |$)/g, '');
}

/** The legs of each matrix together, and those of each job that a matrix calls, in the order of the workflow. */
export function jobGroups(jobs: readonly ApiJob[]): readonly JobGroup[] {
  const groups = new Map<string, [ApiJob, ...ApiJob[]]>();
  for (const job of jobs) {
    const isLeg = job.matrix || / \([^()]*\) \/ /.test(job.name);
    const key = isLeg ? `matrix ${baseName(job.name)}` : `job ${job.id}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [job]);
    else group.push(job);
  }
  return [...groups.values()].map((legs) => {
    const [first] = legs;
    return { name: legs.length > 1 ? baseName(first.name) : first.name, jobs: legs };
  });
}

/**
 * What the legs that failed have in common and those that passed have not: `all with database postgres`. Undefined if the
 * matrix shows nothing of that kind.
 */
export function inCommon(legs: readonly ApiJob[]): string | undefined {
  const failed = legs.filter(isBad);
  const passed = legs.filter(({ conclusion }) => conclusion === 'success');
  const [first] = failed;
  if (first === undefined || failed.length < 2 || passed.length === 0) return undefined;
  const shared = Object.entries(first.matrix ?? {}).filter(([key, value]) => {
    const isSame = ({ matrix }: ApiJob) => JSON.stringify(matrix?.[key]) === JSON.stringify(value);
    return failed.every(isSame) && !passed.some(isSame);
  });
  if (shared.length === 0) return undefined;
  return `all with ${shared.map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`).join(', ')}`;
}
