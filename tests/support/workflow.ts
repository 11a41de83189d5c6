import type { WorkflowDefinition } from '../../src/model/workflow.ts';
import { describeProblem, parseWorkflow } from '../../src/workflow/parse-workflow.ts';

/** Where the workflow files of the tests are. */
export const WORKFLOW_PATH = '.github/workflows/ci.yml';

/** The definition of a text that is a workflow without errors. */
export function definitionOf(text: string, path = WORKFLOW_PATH): WorkflowDefinition {
  const parsed = parseWorkflow(path, text);
  if ('problems' in parsed) throw new Error(parsed.problems.map(describeProblem).join('\n'));
  return parsed.definition;
}

/** What is wrong with a text: `3:7: unexpected key …`, in the order of the file. */
export function problemsOf(text: string, path = WORKFLOW_PATH): readonly string[] {
  const parsed = parseWorkflow(path, text);
  if (!('problems' in parsed)) return [];
  return parsed.problems.map((problem) => describeProblem(problem).replace(`${path}:`, '').trim());
}

/** A workflow with one job, whose lines begin at line 3 of the file; `on` is the text after `on:`. */
export function oneJob(job: string, on = 'push'): string {
  const lines = job.trim().split('\n');
  return [`on: ${on}`, 'jobs:', '  build:', ...lines.map((line) => `    ${line}`)].join('\n');
}
