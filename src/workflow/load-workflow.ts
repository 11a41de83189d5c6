import type { Place, WorkflowDefinition } from '../model/workflow.ts';
import { callProblems } from './check-call.ts';
import { type ParsedWorkflow, type PlacedWorkflow, parseWithPlaces } from './parse-workflow.ts';
import { MAX_PROBLEMS, quote, type WorkflowProblem } from './workflow-problem.ts';

/**
 * Text of a called workflow, or why it cannot be had, in words. `uses` is as written; `from` is the path of the caller, so
 * that `./…` in a workflow of another repository can be found there.
 */
export type WorkflowLoader = (
  uses: string,
  from: string,
) => Promise<{ readonly path: string; readonly text: string } | { readonly error: string }>;

/** The caller at the top and nine levels of called workflows, as on GitHub. */
const MAX_LEVELS = 10;
/** Different workflows that one file may call, calls of calls included, as on GitHub. */
const MAX_WORKFLOWS = 50;
/** Definitions in the result, each counted where it is called: they are kept with the run as one JSON text. */
const MAX_CALLS = 500;

/** A called workflow with all that it calls; undefined if something there is wrong (and was told). */
interface Loaded {
  readonly definition: WorkflowDefinition | undefined;
  /** How many levels of workflows it is, itself included. */
  readonly levels: number;
  /** Its differences and those of what it calls, each with its path. */
  readonly differences: readonly string[];
}

const NOTHING: Loaded = { definition: undefined, levels: 1, differences: [] };

interface Loading {
  readonly load: WorkflowLoader;
  /** By path: a workflow that several call is loaded once, or their number could grow without bounds. */
  readonly loaded: Map<string, Loaded>;
  readonly problems: WorkflowProblem[];
}

/**
 * Parses a workflow file, and loads and parses what it calls, and what that calls. Problems of called files have their
 * path; a call that is wrong is told where it is written. What `load` throws is thrown.
 */
export async function loadWorkflow(path: string, text: string, load: WorkflowLoader): Promise<ParsedWorkflow> {
  const top = parseWithPlaces(path, text);
  if ('problems' in top) return top;
  const loading: Loading = { load, loaded: new Map(), problems: [] };
  const { definition } = await withCalls(loading, top, [path]);
  if (loading.problems.length > 0) return { problems: loading.problems.slice(0, MAX_PROBLEMS), own: top.definition };
  if (sizeOf(definition, new Map()) <= MAX_CALLS) return { definition };
  const message = `it calls workflows more than ${MAX_CALLS} times, calls of calls included`;
  return { problems: [{ message, path, at: null }], own: top.definition };
}

async function withCalls(
  loading: Loading,
  { definition, calls: places }: PlacedWorkflow,
  chain: readonly string[],
): Promise<Loaded & { readonly definition: WorkflowDefinition }> {
  const calls = new Map<string, Loaded>();
  for (const job of definition.jobs) {
    const at = places.get(job.id);
    if (job.uses === undefined || at === undefined) continue;
    const called = calls.get(job.uses) ?? (await loadCall(loading, definition.path, job.uses, at.uses, chain));
    calls.set(job.uses, called);
    if (called.definition === undefined) continue;
    loading.problems.push(...callProblems(definition.path, job, at, called.definition));
  }
  const loaded = [...calls.values()];
  const found = [...calls].flatMap(([uses, called]) => (called.definition ? [[uses, called.definition] as const] : []));
  const below = [...new Set(loaded.flatMap((called) => called.differences))];
  return {
    definition: { ...definition, calls: Object.fromEntries(found), differences: [...definition.differences, ...below] },
    levels: 1 + Math.max(0, ...loaded.map((called) => called.levels)),
    differences: [...definition.differences.map((one) => `${definition.path}: ${one}`), ...below],
  };
}

async function loadCall(
  loading: Loading,
  from: string,
  uses: string,
  at: Place,
  chain: readonly string[],
): Promise<Loaded> {
  const fail = (message: string): Loaded => {
    loading.problems.push({ message, path: from, at });
    return NOTHING;
  };
  if (loading.problems.length >= MAX_PROBLEMS) return NOTHING;
  const found = await loading.load(uses, from);
  if ('error' in found) return fail(`the workflow ${quote(uses, 200)} cannot be had: ${found.error}`);
  if (chain.includes(found.path)) {
    const circle = [...chain.slice(chain.indexOf(found.path)), found.path];
    return fail(`the workflow calls itself: ${circle.join(' → ')}`);
  }
  const known = loading.loaded.get(found.path);
  if (chain.length + (known?.levels ?? 1) > MAX_LEVELS) {
    return fail(`workflows can call one another ${MAX_LEVELS} levels deep, the first one included, not more`);
  }
  if (known !== undefined) return known;
  if (loading.loaded.size >= MAX_WORKFLOWS) return fail(`more than ${MAX_WORKFLOWS} different workflows are called`);
  const parsed = parseWithPlaces(found.path, found.text);
  if ('problems' in parsed) loading.problems.push(...parsed.problems);
  loading.loaded.set(found.path, NOTHING); // counts from here on
  const loaded = 'problems' in parsed ? NOTHING : await withCalls(loading, parsed, [...chain, found.path]);
  loading.loaded.set(found.path, loaded);
  return loaded;
}

/** How many definitions there are, each counted as often as it is called. */
function sizeOf(definition: WorkflowDefinition, known: Map<WorkflowDefinition, number>): number {
  const before = known.get(definition);
  if (before !== undefined) return before;
  let size = 1;
  for (const called of Object.values(definition.calls)) size += sizeOf(called, known);
  known.set(definition, size);
  return size;
}
