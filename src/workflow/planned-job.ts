import type { ExpandRequest, PlannedLeg } from '../model/expansion.ts';
import type { JobSpec } from '../model/plan.ts';
import type { Json, WorkflowDefinition } from '../model/workflow.ts';
import type { ExpandSettings } from './expand-settings.ts';
import { evaluateTemplate, isMapping } from './expressions.ts';
import type { JobLeg } from './job-legs.ts';
import { fullName } from './job-names.ts';
import { type ResolvedLabels, resolveLabels } from './labels.ts';
import { asText, booleanOf, type Checked, concurrencyOf, numberOf, refuse } from './value-checks.ts';

/** The longest time that a timer of Node takes: 24 days. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** Longest label, and name of an environment. */
const MAX_NAME = 255;
const TOO_LONG = `it has more than ${MAX_NAME} characters`;

/** Plans the legs of one job; equal specs are one object, so that it is stored once. */
export function planJobs(
  request: ExpandRequest,
  workflow: WorkflowDefinition,
  legs: readonly JobLeg[],
  settings: ExpandSettings,
): readonly PlannedLeg[] {
  const specs = new Map<string, JobSpec>();
  const specOf = (timeoutMs: number, exclusive: boolean): JobSpec => {
    const key = `${timeoutMs} ${exclusive}`;
    const spec = specs.get(key) ?? toSpec(request, workflow, settings, { timeoutMs, exclusive });
    specs.set(key, spec);
    return spec;
  };
  return legs.map((leg) => planJob(request, leg, settings, specOf));
}

function planJob(
  { job, scope }: ExpandRequest,
  leg: JobLeg,
  settings: ExpandSettings,
  specOf: (timeoutMs: number, exclusive: boolean) => JobSpec,
): PlannedLeg {
  const checked = (what: string): Checked => ({ what: `${what} of job ${job.id}`, scope: leg.scope, at: job.at });
  const runsOn = labelsOf(job.runsOn ?? null, checked('runs-on'));
  const resolved: ResolvedLabels = resolveLabels(runsOn, settings.labels);
  const timeoutMs = timeoutOf(job, settings, checked('timeout-minutes'));
  const environment = environmentOf(job, checked('environment'));
  const { concurrency } = job;
  return {
    kind: 'job',
    key: leg.key,
    name: fullName(scope.names, leg.name),
    matrix: leg.matrix ?? {},
    strategy: leg.strategy,
    labels: 'labels' in resolved ? resolved.labels : [],
    continueOnError:
      job.continueOnError === undefined ? false : booleanOf(job.continueOnError, checked('continue-on-error')),
    spec: specOf(timeoutMs, environment !== undefined),
    ...('skip' in resolved ? { skip: `runs-on is ${resolved.skip}, which the configuration maps to skip` } : {}),
    ...(environment === undefined ? {} : { environment }),
    ...(concurrency === undefined ? {} : { concurrency: concurrencyOf(concurrency, checked('concurrency')) }),
  };
}

/** Text, list of texts, or mapping of `group` and `labels`; the group says nothing here. */
function labelsOf(template: NonNullable<ExpandRequest['job']['runsOn']> | null, checked: Checked): readonly string[] {
  const value = evaluateTemplate(template, checked.scope);
  const isPlain = typeof value !== 'object' || Array.isArray(value) || value === null;
  const labels: Json = isPlain ? value : ((value as { readonly [name: string]: Json }).labels ?? []);
  const list = Array.isArray(labels) ? (labels as readonly Json[]) : [labels];
  return list.map((label) => {
    const text = asText(label, template, checked).trim();
    if (text.length > MAX_NAME) refuse(TOO_LONG, template, checked);
    return text === '' ? refuse('it is empty; an expression in it found nothing', template, checked) : text;
  });
}

function timeoutOf(job: ExpandRequest['job'], settings: ExpandSettings, checked: Checked): number {
  if (job.timeoutMinutes === undefined) return settings.timeoutMs;
  const minutes = numberOf(job.timeoutMinutes, checked);
  if (minutes <= 0) refuse('it has to be more than 0', job.timeoutMinutes, checked);
  return Math.max(1, Math.min(Math.round(minutes * 60_000), MAX_TIMEOUT_MS));
}

/** Its `url` is evaluated by the runner, after the steps. An empty name is none. */
function environmentOf(job: ExpandRequest['job'], checked: Checked): string | undefined {
  const template = job.environment;
  if (template === undefined) return undefined;
  const name = isMapping(template) ? (template.entries.find(([key]) => key === 'name')?.[1] ?? null) : template;
  const value = evaluateTemplate(name, checked.scope);
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const text = asText(isObject ? ((value as { readonly [key: string]: Json }).name ?? null) : value, name, checked);
  if (text.length > MAX_NAME) refuse(TOO_LONG, template, checked);
  return text === '' ? undefined : text;
}

function toSpec(
  { job }: ExpandRequest,
  workflow: WorkflowDefinition,
  settings: ExpandSettings,
  own: Pick<JobSpec, 'timeoutMs' | 'exclusive'>,
): JobSpec {
  const { env, defaults } = workflow;
  return {
    found: `${workflow.path}: job ${job.id}`,
    checkout: true,
    steps: [],
    env: {},
    envPass: settings.envPass,
    logLimitBytes: settings.logLimitBytes,
    ...own,
    workflow: {
      path: workflow.path,
      job,
      actions: settings.actions,
      ...(env === undefined ? {} : { env }),
      ...(defaults === undefined ? {} : { defaults }),
    },
    ...(settings.reports.length === 0 ? {} : { reports: settings.reports }),
    ...(settings.retryJobs ? { retries: settings.retryJobs } : {}),
  };
}
