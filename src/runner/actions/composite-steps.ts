import type { StepDefinition } from '../../model/workflow.ts';
import { ActionError } from './action.ts';

/**
 * The steps of a composite action. The parser is loaded by the first that is asked for: it is large, and most jobs have none.
 * @throws {ActionError} with file, line and column of all that is wrong.
 */
export async function compositeSteps(path: string, text: string): Promise<readonly StepDefinition[]> {
  const { parseActionSteps } = await import('../../workflow/parse-action-steps.ts');
  const parsed = parseActionSteps(path, text);
  if ('steps' in parsed) return parsed.steps;
  const { describeProblems } = await import('../../workflow/workflow-problem.ts');
  throw new ActionError(describeProblems(parsed.problems));
}
