import type { Expander, ExpandRequest, Expansion } from '../model/expansion.ts';
import type { Json, WorkflowDefinition } from '../model/workflow.ts';
import { CiError } from '../support/ci-error.ts';
import type { ExpandSettings } from './expand-settings.ts';
import { type EvaluationScope, evaluateCondition, evaluateText } from './expressions.ts';
import { githubContext } from './github-context.ts';
import { legsOf } from './job-legs.ts';
import { planCalls, workflowAt } from './planned-call.ts';
import { planJobs } from './planned-job.ts';
import { skipReason } from './skip-reason.ts';

/**
 * Makes the expander: it decides of one job definition whether it runs, and as which jobs. Pure and synchronous.
 * @param settingsOf the settings of a repository (`owner/name`), or one for all.
 */
export function createExpander(settingsOf: ExpandSettings | ((repository: string) => ExpandSettings)): Expander {
  return {
    expand: (request) => {
      const settings = typeof settingsOf === 'function' ? settingsOf(request.run.repository) : settingsOf;
      return orError(
        () => expand(request, settings),
        (reason): Expansion => ({ kind: 'error', reason }),
      );
    },
    callOutputs: (called, facts) =>
      orError(
        () => ({ outputs: outputsOf(called, facts) }),
        (error) => ({ error }),
      ),
  };
}

function orError<T, E>(work: () => T, toError: (reason: string) => E): T | E {
  try {
    return work();
  } catch (error) {
    if (error instanceof CiError) return toError(error.message);
    throw error;
  }
}

function expand(request: ExpandRequest, settings: ExpandSettings): Expansion {
  const workflow = workflowAt(request.definition, request.scope);
  const scope = jobScopeOf(request, workflow);
  const condition: EvaluationScope = { ...scope, status: statusOf(request) };
  if (!evaluateCondition(request.job.if, condition)) return { kind: 'skip', reason: skipReason(request, condition) };
  const { legs, failFast, maxParallel } = legsOf(request, workflow, scope);
  const isCall = request.job.uses !== undefined;
  const planned = isCall ? planCalls(request, workflow, legs) : planJobs(request, workflow, legs, settings);
  return { kind: 'jobs', legs: planned, failFast, maxParallel };
}

/** `success()` is false as soon as one job before it, direct or not, was skipped; `failure()` is true if one failed. */
function statusOf({ ancestors, isCancelled }: ExpandRequest) {
  return {
    success: !isCancelled && ancestors.every((result) => result === 'success'),
    failure: ancestors.includes('failure'),
    cancelled: isCancelled,
  };
}

function jobScopeOf({ run, job, scope, vars, needs }: ExpandRequest, workflow: WorkflowDefinition): EvaluationScope {
  const github = githubContext(run, { id: job.id, scope });
  return { contexts: { github, inputs: inputsIn(scope, run), vars, needs }, path: workflow.path };
}

/** At the top `inputs` are those of the run, in a reusable workflow those that its caller gives. */
function inputsIn(scope: ExpandRequest['scope'], run: ExpandRequest['run']): { readonly [name: string]: Json } {
  return scope.calls.length === 0 ? run.inputs : scope.inputs;
}

function outputsOf(
  called: WorkflowDefinition,
  { run, vars, scope, jobs }: Parameters<Expander['callOutputs']>[1],
): Readonly<Record<string, string>> {
  const contexts = { github: githubContext(run), inputs: inputsIn(scope, run), vars, jobs };
  const outputs = Object.entries(called.on.workflow_call?.outputs ?? {});
  return Object.fromEntries(
    outputs.map(([name, template]) => [name, evaluateText(template, { contexts, path: called.path })]),
  );
}
