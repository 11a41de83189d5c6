import type { StepDefinition } from '../model/workflow.ts';
import { stepsOf } from './parse-steps.ts';
import { readTokens } from './read-tokens.ts';
import { fieldsOf, type Reading } from './token-template.ts';
import { inOrder, problemList, TooManyProblems, type WorkflowProblem } from './workflow-problem.ts';
import { actionSchema } from './workflow-schema.ts';

/** The steps of a composite action, or what is wrong with its file. */
export type ParsedActionSteps =
  | { readonly steps: readonly StepDefinition[] }
  | { readonly problems: readonly WorkflowProblem[] };

/**
 * Reads `runs.steps` of an `action.yml` by GitHub's schema, which is loose with keys it does not know outside of `runs`.
 * Each `run` needs a `shell`; `secrets`, `needs` and `vars` are not known in its expressions. Sync and pure; never throws.
 */
export function parseActionSteps(path: string, text: string): ParsedActionSteps {
  const problems = problemList(path);
  try {
    const tree = readTokens(text, actionSchema(), 'action-root', problems);
    if (tree !== undefined && problems.problems.length === 0) {
      const reading: Reading = { file: tree.file, problems, calls: new Map() };
      const runs = fieldsOf(reading, tree.root).get('runs');
      const steps = stepsOf(reading, fieldsOf(reading, runs?.value).get('steps')?.value);
      if (problems.problems.length === 0) return { steps };
    }
  } catch (error) {
    if (!(error instanceof TooManyProblems)) {
      problems.problems.push({ message: `it cannot be read: ${String(error)}`, path, at: null });
    }
  }
  return { problems: inOrder(problems) };
}
