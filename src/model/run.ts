import { type Conclusion, worstOf } from './conclusion.ts';
import type { GraphFacts, JobFacts } from './job-facts.ts';
import { JobGroups } from './job-groups.ts';

/** A job and why something is to happen to it, in words. */
export interface Because {
  readonly key: string;
  readonly reason: string;
}

/** What follows from the facts of a run. */
export interface Decision {
  /** Keys of waiting jobs that can be given to a runner. */
  readonly unblock: readonly string[];
  /** Found tests that can never run. */
  readonly skip: readonly Because[];
  /** Keys of definitions of which everything that they need is over: what becomes of them is decided now. */
  readonly expand: readonly string[];
  /** Keys of jobs and calls that are next, and have to ask for their turn in a concurrency group. */
  readonly acquire: readonly string[];
  /** Keys of calls whose workflow begins: its definitions become jobs. */
  readonly open: readonly string[];
  /** Calls all of whose jobs are over. */
  readonly conclude: readonly { readonly key: string; readonly conclusion: Conclusion }[];
  /** Jobs that are to end because another leg of their matrix failed. */
  readonly cancel: readonly Because[];
  /** Set when every job is completed: the verdict of the run. */
  readonly conclusion?: Conclusion;
}

type Todo = { [K in keyof Omit<Decision, 'conclusion'>]: Decision[K][number][] };

const NOTHING: Decision = { unblock: [], skip: [], expand: [], acquire: [], open: [], conclude: [], cancel: [] };

/**
 * What to do next in a run, from the facts alone: it does not matter which message arrived and which was lost. Called
 * again after its decision was carried out, it decides the next thing, until there is nothing left to do.
 * @param run `isHeld`: the whole run waits for its turn in a concurrency group; `isCancelled`: somebody, or a newer run,
 * asked for its end.
 */
export function advance(
  jobs: readonly JobFacts[],
  run: { readonly isHeld?: boolean; readonly isCancelled?: boolean } = {},
): Decision {
  if (jobs.every((job) => job.state.status === 'completed'))
    return { ...NOTHING, conclusion: conclusionOf(atTheTop(jobs), run.isCancelled === true) };
  if (run.isHeld === true) return NOTHING;
  const groups = new JobGroups(jobs);
  const todo: Todo = { unblock: [], skip: [], expand: [], acquire: [], open: [], conclude: [], cancel: [] };
  for (const job of jobs) {
    if (job.state.status !== 'waiting') continue;
    if (job.graph === undefined) decideFound(job, groups, todo);
    else if (!job.graph.isExpanded) decideDefinition(job, job.graph, groups, todo);
    else decideExpanded(job, job.graph, groups, todo);
  }
  for (const group of groups.matrices()) todo.cancel.push(...failFast(group, groups));
  return todo;
}

/** A run that was cancelled is that, as on GitHub, also where a job had failed before; unless nothing was left to cancel. */
function conclusionOf(jobs: readonly JobFacts[], isCancelled: boolean): Conclusion {
  const isCut = jobs.some(({ state }) => state.status === 'completed' && state.conclusion === 'cancelled');
  return isCancelled && isCut ? 'cancelled' : verdictOf(jobs);
}

/** The verdict of jobs that are over: the worst of theirs, where a failure that may be counts as success. */
export function verdictOf(jobs: readonly JobFacts[]): Conclusion {
  return worstOf(
    jobs.flatMap(({ state, graph }) => (state.status === 'completed' ? [effective(state.conclusion, graph)] : [])),
  );
}

/** What others see of a conclusion. */
function effective(conclusion: Conclusion, graph: Pick<GraphFacts, 'continueOnError'> | undefined): Conclusion {
  return graph?.continueOnError === true && isFailure(conclusion) ? 'success' : conclusion;
}

/** Did it end badly by itself? */
export function isFailure(conclusion: Conclusion): boolean {
  return conclusion === 'failure' || conclusion === 'error' || conclusion === 'timed_out';
}

function atTheTop(jobs: readonly JobFacts[]): readonly JobFacts[] {
  return jobs.filter(({ graph }) => graph === undefined || graph.parent === '');
}

/** Found tests need success; there is nothing to be evaluated. */
function decideFound(job: JobFacts, groups: JobGroups, todo: Todo): void {
  const bad = job.needs.find((need) => groups.hasEndedBadly(need));
  if (bad !== undefined) todo.skip.push({ key: job.key, reason: `it needs ${bad}, which did not succeed` });
  else if (job.needs.every((need) => groups.isOver('', need))) todo.unblock.push(job.key);
}

function decideDefinition(job: JobFacts, { parent }: GraphFacts, groups: JobGroups, todo: Todo): void {
  if (job.needs.every((need) => groups.isOver(parent, need))) todo.expand.push(job.key);
}

function decideExpanded(job: JobFacts, graph: GraphFacts, groups: JobGroups, todo: Todo): void {
  const children = groups.childrenOf(job);
  if (children.length > 0) {
    if (children.every((child) => child.state.status === 'completed'))
      todo.conclude.push({ key: job.key, conclusion: verdictOf(children) });
    return;
  }
  if (graph.turn === 'pending' || (graph.turn !== 'held' && !groups.takePlace(graph))) return;
  if (graph.turn === 'wanted') todo.acquire.push(job.key);
  else todo[graph.kind === 'call' ? 'open' : 'unblock'].push(job.key);
}

/** The other legs of a matrix, when one has failed. One that nobody could test, such as that of a system no runner has, did not. */
function failFast(legs: readonly JobFacts[], groups: JobGroups): Because[] {
  const bad = legs.find(({ state, graph }) => {
    const conclusion = state.status === 'completed' ? effective(state.conclusion, graph) : 'success';
    return isFailure(conclusion) && conclusion !== 'error';
  });
  if (bad === undefined) return [];
  const reason = `fail-fast: ${bad.key} failed`;
  const open = legs.flatMap((leg) => groups.endable(leg));
  return open.map(({ key }) => ({ key, reason }));
}
