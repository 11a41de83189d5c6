import type { WorkflowDefinition } from '../model/workflow.ts';
import { findDifferences } from './differences.ts';
import { jobsOf, runDefaults } from './parse-jobs.ts';
import { triggersOf } from './parse-triggers.ts';
import { readTokens, type TokenTree } from './read-tokens.ts';
import { type CallPlaces, fieldsOf, optional, type Reading, textOf } from './token-template.ts';
import { checkConcurrency } from './uses.ts';
import { inOrder, type ProblemList, problemList, TooManyProblems, type WorkflowProblem } from './workflow-problem.ts';
import { workflowSchema } from './workflow-schema.ts';

export { describeProblem, describeProblems, type WorkflowProblem } from './workflow-problem.ts';

/** A workflow file without errors, or what is wrong with it (at least one thing, 20 at most). */
export type ParsedWorkflow =
  | { readonly definition: WorkflowDefinition }
  /** `own`: what stands in the file, where only the workflows that it calls are wrong, or cannot be had. */
  | { readonly problems: readonly WorkflowProblem[]; readonly own?: WorkflowDefinition };

/** What a file says by itself, `on` above all; undefined where it is wrong. */
export function ownDefinition(parsed: ParsedWorkflow): WorkflowDefinition | undefined {
  return 'definition' in parsed ? parsed.definition : parsed.own;
}

/** A definition, and where in its file the calls are. */
export interface PlacedWorkflow {
  readonly definition: WorkflowDefinition;
  /** By the ids of the calling jobs. */
  readonly calls: ReadonlyMap<string, CallPlaces>;
}

/** As the reader of trees: what is larger is no workflow. */
const MAX_LENGTH = 1024 * 1024;

/**
 * Reads a workflow file by GitHub's schema. `calls` of the definition is empty: `loadWorkflow` fills it. Sync and pure;
 * never throws, whatever the text is.
 */
export function parseWorkflow(path: string, text: string): ParsedWorkflow {
  const parsed = parseWithPlaces(path, text);
  return 'problems' in parsed ? parsed : { definition: parsed.definition };
}

/** As `parseWorkflow`; with the places of calls, for who loads what is called. */
export function parseWithPlaces(
  path: string,
  text: string,
): PlacedWorkflow | { readonly problems: readonly WorkflowProblem[] } {
  const problems = problemList(path);
  try {
    if (text.length > MAX_LENGTH) problems.add('the file is larger than 1 MiB', null);
    const tree = problems.problems.length > 0 ? undefined : readTokens(text, workflowSchema(), ROOT, problems);
    const placed = tree === undefined ? undefined : definitionOf(path, tree, problems);
    if (placed !== undefined && problems.problems.length === 0) return placed;
  } catch (error) {
    if (!(error instanceof TooManyProblems)) problems.problems.push(unreadable(path, error));
  }
  return { problems: inOrder(problems) };
}

const ROOT = 'workflow-root-strict';

function definitionOf(path: string, tree: TokenTree, problems: ProblemList): PlacedWorkflow | undefined {
  // with a wrong key or value the rest would be misread, and the same thing would be complained of twice
  if (problems.problems.length > 0) return undefined;
  const reading: Reading = { file: tree.file, problems, calls: new Map() };
  const fields = fieldsOf(reading, tree.root);
  const on = fields.get('on');
  const jobs = fields.get('jobs');
  if (on === undefined || jobs === undefined) return undefined;
  const concurrency = fields.get('concurrency');
  if (concurrency !== undefined) checkConcurrency(reading, concurrency.value);
  const definition: WorkflowDefinition = {
    path,
    name: textOf(fields.get('name')?.value) || path,
    ...optional(reading, 'runName', fields.get('run-name')),
    on: triggersOf(reading, on.value),
    ...optional(reading, 'env', fields.get('env')),
    ...optional(reading, 'defaults', runDefaults(reading, fields.get('defaults'))),
    ...optional(reading, 'permissions', fields.get('permissions')),
    ...optional(reading, 'concurrency', concurrency),
    jobs: jobsOf(reading, jobs.value),
    calls: {},
    differences: [],
  };
  return { definition: { ...definition, differences: findDifferences(reading, fields) }, calls: reading.calls };
}

/** A bug of ours or of the parser must be a run with an error, never a dispatcher that is down. */
function unreadable(path: string, error: unknown): WorkflowProblem {
  const words = error instanceof RangeError ? 'it is nested too deeply' : `it cannot be read: ${String(error)}`;
  return { message: words, path, at: null };
}
