import type { JobDefinition, WorkflowDefinition } from '../model/workflow.ts';
import { findDifferences } from './differences.ts';
import { jobsOf, runDefaults } from './parse-jobs.ts';
import { triggersOf } from './parse-triggers.ts';
import { readTokens, type TokenTree } from './read-tokens.ts';
import { fieldsOf, optional, type Reading, textOf } from './token-template.ts';
import { type ProblemList, problemList, TooManyProblems, type WorkflowProblem } from './workflow-problem.ts';
import { workflowSchema } from './workflow-schema.ts';

export { describeProblem, describeProblems, type WorkflowProblem } from './workflow-problem.ts';

/** A workflow file without errors, or what is wrong with it (at least one thing, 20 at most). */
export type ParsedWorkflow =
  | { readonly definition: WorkflowDefinition }
  | { readonly problems: readonly WorkflowProblem[] };

/** As the reader of trees: what is larger is no workflow. */
const MAX_LENGTH = 1024 * 1024;

/**
 * Reads a workflow file by GitHub's schema. `calls` of the definition is empty: `loadWorkflow` fills it. Sync and pure;
 * never throws, whatever the text is.
 */
export function parseWorkflow(path: string, text: string): ParsedWorkflow {
  const problems = problemList(path);
  try {
    if (text.length > MAX_LENGTH) problems.add('the file is larger than 1 MiB', null);
    const tree = problems.problems.length > 0 ? undefined : readTokens(text, workflowSchema(), ROOT, problems);
    const definition = tree === undefined ? undefined : definitionOf(path, tree, problems);
    if (definition !== undefined && problems.problems.length === 0) return { definition };
  } catch (error) {
    if (!(error instanceof TooManyProblems)) problems.problems.push(unreadable(path, error));
  }
  return { problems: inOrder(problems) };
}

const ROOT = 'workflow-root-strict';

function definitionOf(path: string, tree: TokenTree, problems: ProblemList): WorkflowDefinition | undefined {
  // with a wrong key or value the rest would be misread, and the same thing would be complained of twice
  if (problems.problems.length > 0) return undefined;
  const reading: Reading = { file: tree.file, problems, differences: [] };
  const fields = fieldsOf(reading, tree.root);
  const on = fields.get('on');
  const jobs = fields.get('jobs');
  if (on === undefined || jobs === undefined) return undefined;
  const definition: WorkflowDefinition = {
    path,
    name: textOf(fields.get('name')?.value) || path,
    ...optional(reading, 'runName', fields.get('run-name')),
    on: triggersOf(reading, on.value),
    ...optional(reading, 'env', fields.get('env')),
    ...optional(reading, 'defaults', runDefaults(reading, fields.get('defaults'))),
    ...optional(reading, 'permissions', fields.get('permissions')),
    ...optional(reading, 'concurrency', fields.get('concurrency')),
    jobs: jobsOf(reading, jobs.value) as readonly JobDefinition[],
    calls: {},
    differences: [],
  };
  return { ...definition, differences: findDifferences(definition, tree) };
}

/** A bug of ours or of the parser must be a run with an error, never a dispatcher that is down. */
function unreadable(path: string, error: unknown): WorkflowProblem {
  const words = error instanceof RangeError ? 'it is nested too deeply' : `it cannot be read: ${String(error)}`;
  return { message: words, path, at: null };
}

function inOrder({ problems, path }: ProblemList): readonly WorkflowProblem[] {
  if (problems.length === 0) return [{ message: 'it cannot be read', path, at: null }];
  const key = ({ at }: WorkflowProblem) => (at === null ? 0 : at.line * 100_000 + at.column);
  return [...problems].sort((a, b) => key(a) - key(b));
}
