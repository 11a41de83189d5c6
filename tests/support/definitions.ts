import type { ExpandRequest, JobScope, RunFacts } from '../../src/model/expansion.ts';
import type { Expression, JobDefinition, Json, Template, WorkflowDefinition } from '../../src/model/workflow.ts';
import type { ExpandSettings } from '../../src/workflow/expand-settings.ts';

export const HERE = { line: 3, column: 5 };
export const TOP: JobScope = { calls: [], names: [], inputs: {}, secrets: [] };

/** An expression, or with text around it the `format(…)` that the parser makes of it. */
export function expr(text: string, at = HERE): Expression {
  return { expr: text, at };
}

/** JSON as a template: mappings get their entries; what was made with `expr` stays. */
export function template(value: unknown): Template {
  if (Array.isArray(value)) return value.map(template);
  if (typeof value !== 'object' || value === null || 'expr' in value || 'entries' in value) return value as Template;
  return { entries: Object.entries(value).map(([key, part]) => [key, template(part)] as const) };
}

export function job(id: string, more: Partial<JobDefinition> = {}): JobDefinition {
  return { id, at: HERE, needs: [], if: expr('success()'), runsOn: 'ubuntu-latest', steps: [], ...more };
}

export function workflow(jobs: readonly JobDefinition[], more: Partial<WorkflowDefinition> = {}): WorkflowDefinition {
  return { path: '.github/workflows/ci.yml', name: 'CI', on: { push: {} }, jobs, calls: {}, differences: [], ...more };
}

export function run(more: Partial<RunFacts> = {}): RunFacts {
  return {
    id: 70,
    number: 7,
    attempt: 1,
    repository: 'acme/app',
    repositoryId: 3,
    workflow: 'CI',
    path: '.github/workflows/ci.yml',
    event: 'push',
    ref: 'refs/heads/main',
    sha: 'a'.repeat(40),
    actor: 'ada',
    payload: {} as { readonly [key: string]: Json },
    inputs: {},
    serverUrl: 'http://127.0.0.1:8080',
    ...more,
  };
}

export function request(definition: JobDefinition, more: Partial<ExpandRequest> = {}): ExpandRequest {
  return {
    definition: workflow([definition]),
    job: definition,
    scope: TOP,
    run: run(),
    vars: {},
    needs: {},
    ancestors: [],
    isCancelled: false,
    ...more,
  };
}

export const SETTINGS: ExpandSettings = {
  labels: {},
  timeoutMs: 3_600_000,
  logLimitBytes: 1_000_000,
  envPass: [],
  reports: [],
  actions: { server: 'https://github.com', allow: [], pinned: false, nearestVersion: false },
};
