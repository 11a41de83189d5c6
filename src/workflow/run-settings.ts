import type { RunFacts } from '../model/expansion.ts';
import type { Concurrency, WorkflowDefinition } from '../model/workflow.ts';
import { type EvaluationScope, evaluateText } from './expressions.ts';
import { githubContext } from './github-context.ts';
import { concurrencyOf } from './value-checks.ts';

type Vars = Readonly<Record<string, string>>;

/**
 * What `run-name` says; undefined if there is none, or it is empty: then the run is called as its commit.
 * @throws {ExpressionError} if it cannot be evaluated.
 */
export function runName(definition: WorkflowDefinition, run: RunFacts, vars: Vars = {}): string | undefined {
  if (definition.runName === undefined) return undefined;
  const name = evaluateText(definition.runName, workflowScope(definition, run, vars)).trim();
  return name === '' ? undefined : name;
}

/**
 * The workflow's own concurrency group, if it has one.
 * @throws {ExpressionError} if it cannot be evaluated, or is not what `concurrency` may be.
 */
export function workflowConcurrency(
  definition: WorkflowDefinition,
  run: RunFacts,
  vars: Vars = {},
): Concurrency | undefined {
  if (definition.concurrency === undefined) return undefined;
  return concurrencyOf(definition.concurrency, { what: 'concurrency', scope: workflowScope(definition, run, vars) });
}

function workflowScope(definition: WorkflowDefinition, run: RunFacts, vars: Vars): EvaluationScope {
  return { contexts: { github: githubContext(run), inputs: run.inputs, vars }, path: definition.path };
}
