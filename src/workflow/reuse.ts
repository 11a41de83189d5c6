import { createHash } from 'node:crypto';
import type { PlannedJob, VerdictParts } from '../model/plan.ts';
import type {
  JobDefinition,
  StepDefinition,
  Template,
  TemplateMapping,
  WorkflowDefinition,
} from '../model/workflow.ts';

/**
 * Keys of the `github` context that are the same for every commit with the same tree. Whoever reads another one may
 * come to another verdict for another commit, ref or moment.
 */
const STEADY = new Set(
  [
    ...['action', 'action_path', 'action_ref', 'action_repository', 'action_status', 'api_url', 'env', 'event_name'],
    ...['graphql_url', 'job', 'output', 'path', 'repository', 'repository_id', 'repository_owner'],
    ...['repository_owner_id', 'repositoryurl', 'server_url', 'state', 'step_summary', 'workflow', 'workspace'],
  ].map((key) => key.toLowerCase()),
);
/** Variables that tell a step what the expressions above would. */
const VARIABLES =
  /\b(?:GITHUB_(?:SHA|REF\w*|HEAD_REF|BASE_REF|EVENT_PATH|RUN_\w+|ACTOR\w*|TRIGGERING_ACTOR|WORKFLOW_(?:REF|SHA)|TOKEN)|SIGNALBOX_(?:SHA|REF|EVENT|RUN_\w+))\b/;
/** A step that starts git can ask it for the commit. */
const GIT = /(?:^|[\s;&|(`'"/$])git(?:\.exe)?\s/m;
/** Built-in actions that do the same for every commit with the same tree, if they are not told otherwise. */
const STEADY_ACTIONS = /^actions\/(?:checkout|setup-(?:node|python|go|java)|cache(?:\/(?:restore|save))?)@/;
const CHECKOUT_OF_ANOTHER = new Set(['ref', 'repository', 'fetch-depth', 'fetch-tags', 'token', 'ssh-key']);

/** Events that tell of a change. Whoever causes another one wants something to happen each time. */
const CHANGES = new Set(['push', 'pull_request', 'pull_request_target', 'merge_group']);

/**
 * Why the verdict of this workflow says nothing about another commit with the same tree, in words; undefined if it
 * does: it knows no secret, no environment, and nothing of the ref, the commit or the moment. In doubt it does not.
 * What concurrency groups read does not count: they decide when a job runs, and not how it ends.
 */
export function whyNotReusable(definition: WorkflowDefinition, event: string): string | undefined {
  if (!CHANGES.has(event)) return `a ${event} asks for a new verdict each time`;
  return first([
    () => inTemplates([definition.env, definition.defaults]),
    () => first(definition.jobs.map((job) => () => inJob(job, definition, event))),
  ]);
}

/** The same for tests that were found. */
export function whyNotReusableTests(jobs: readonly PlannedJob[]): string | undefined {
  return first(
    jobs.flatMap(({ spec }) =>
      spec.steps.map(
        ({ name, command }) =>
          () =>
            inText(command.join(' '), `the step ${name}`),
      ),
    ),
  );
}

/** Does it read variables anywhere? In doubt it does. */
export function readsVars(definition: WorkflowDefinition): boolean {
  return /\bvars\b/i.test(JSON.stringify([definition.env, definition.jobs, definition.calls]));
}

/**
 * Why an older commit must not be tested once more with this workflow only to find a culprit, in words; undefined if it may:
 * it has nothing with which it could change the world outside, or get into the way of what is newer.
 */
export function whyNotForSearch(definition: WorkflowDefinition): string | undefined {
  return first(
    definition.jobs.map((job) => () => {
      const called = job.uses === undefined ? undefined : definition.calls[job.uses];
      const text = JSON.stringify({ ...job, needs: [] });
      return first([
        () => (job.environment == null ? undefined : `job ${job.id} has an environment`),
        () => (/\bsecrets\b|\bgithub\W+token\b/i.test(text) ? `job ${job.id} may read secrets` : undefined),
        () => ((job.concurrency ?? called?.concurrency) == null ? undefined : `job ${job.id} has a concurrency group`),
        () => (called === undefined ? undefined : whyNotForSearch(called)),
      ]);
    }),
  );
}

/** Names what a verdict depends on. */
export function fingerprintOf({ tree, event, path, work, settings }: VerdictParts): string {
  return hashOf([tree, event, path, work, settings]);
}

/** Names a value that is made of JSON. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}

function inJob(job: JobDefinition, definition: WorkflowDefinition, event: string): string | undefined {
  const called = job.uses === undefined ? undefined : definition.calls[job.uses];
  const where = `job ${job.id}`;
  return first([
    () => (job.environment === undefined || job.environment === null ? undefined : `${where} has an environment`),
    () => (job.secrets === undefined ? undefined : `${where} passes secrets on`),
    () => (job.uses === undefined || called !== undefined ? undefined : `${where} calls what is not known here`),
    () =>
      inTemplates(
        [job.name, job.if, job.runsOn, job.strategy, job.outputs, job.env, job.defaults, job.with].concat([
          job.timeoutMinutes,
          job.continueOnError,
          job.container,
          job.services,
        ]),
        where,
      ),
    () => first(job.steps.map((step, at) => () => inStep(step, `step ${at + 1} of ${where}`))),
    () => (called === undefined ? undefined : whyNotReusable(called, event)),
  ]);
}

function inStep(step: StepDefinition, where: string): string | undefined {
  const { name, run, shell, workingDirectory, env, continueOnError, timeoutMinutes } = step;
  return first([
    () =>
      inTemplates(
        [name, step.if, run, shell, workingDirectory, step.with, env, continueOnError, timeoutMinutes],
        where,
      ),
    () => inAction(step, where),
  ]);
}

function inAction({ uses, with: inputs }: StepDefinition, where: string): string | undefined {
  if (uses === undefined) return undefined;
  if (!STEADY_ACTIONS.test(uses)) return `${where} uses ${uses}, which may read the commit`;
  if (!uses.startsWith('actions/checkout@')) return undefined;
  const keys = inputs === undefined || !isMapping(inputs) ? [] : inputs.entries;
  const other = keys.find(([key]) => CHECKOUT_OF_ANOTHER.has(key.toLowerCase()));
  return other === undefined ? undefined : `${where} checks out with ${other[0]}`;
}

function inTemplates(templates: readonly (Template | undefined)[], where = 'the workflow'): string | undefined {
  return first(templates.map((template) => () => inTemplate(template, where)));
}

function inTemplate(template: Template | undefined, where: string): string | undefined {
  if (typeof template === 'string') return inText(template, where);
  if (typeof template !== 'object' || template === null) return undefined;
  if (isList(template)) return inTemplates(template, where);
  if ('expr' in template) return inExpression(template.expr, where);
  return first(
    template.entries.map(
      ([key, value]) =>
        () =>
          inText(key, where) ?? inTemplate(value, where),
    ),
  );
}

function isMapping(template: Template): template is TemplateMapping {
  return typeof template === 'object' && template !== null && !isList(template) && 'entries' in template;
}

function isList(template: Template): template is readonly Template[] {
  return Array.isArray(template);
}

function inText(text: string, where: string): string | undefined {
  const variable = VARIABLES.exec(text)?.[0];
  if (variable !== undefined) return `${where} reads ${variable}`;
  return GIT.test(text) ? `${where} runs git` : undefined;
}

/** The text of an expression, its literals too: what a step runs stands in one when it holds any expression. */
function inExpression(expression: string, where: string): string | undefined {
  const secret = /\bsecrets\b/i.test(expression);
  if (secret) return `${where} reads secrets`;
  for (const [, dotted, quoted] of expression.matchAll(/\bgithub\b(?:\s*\.\s*([\w-]+)|\s*\[\s*'([^']*)'\s*\])?/gi)) {
    const key = dotted ?? quoted;
    if (key === undefined || !STEADY.has(key.toLowerCase()))
      return `${where} reads github${key === undefined ? '' : `.${key}`}`;
  }
  return inText(expression, where);
}

/** The first reason there is. */
function first(questions: readonly (() => string | undefined)[]): string | undefined {
  for (const question of questions) {
    const found = question();
    if (found !== undefined) return found;
  }
  return undefined;
}
