import type { JobScope, RunFacts } from '../model/expansion.ts';
import type { Json, Template } from '../model/workflow.ts';
import { jsonText } from './expression-values.ts';
import { type Contexts, evaluateTemplate } from './expressions.ts';

type Mapping = { readonly [name: string]: Json };

/**
 * The `github` context without what only a runner knows (`workspace`, `event_path`, `action` …). `token` is empty. The
 * payload is in it as `event`, not copied deeply.
 */
export function githubContext(run: RunFacts, job?: { readonly id: string; readonly scope: JobScope }): Mapping {
  const { payload } = run;
  const [owner = ''] = run.repository.split('/');
  return {
    ...(job === undefined ? {} : { job: job.id }),
    ...refFacts(run),
    ...servers(run),
    sha: run.sha,
    repository: run.repository,
    repository_owner: owner,
    repository_owner_id: numberAsText(at(payload, 'repository', 'owner', 'id')),
    repository_id: String(run.repositoryId),
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    retention_days: '90',
    actor: run.actor,
    actor_id: numberAsText(at(payload, 'sender', 'id')),
    triggering_actor: run.actor,
    workflow: run.workflow,
    workflow_ref: `${run.repository}/${run.path}@${run.ref}`,
    workflow_sha: run.sha,
    event_name: run.event,
    event: eventOf(run),
    secret_source: 'Actions',
    token: '',
  };
}

/** Of a dispatch with all inputs, those with their defaults that nobody sent too; all as texts, as on GitHub. */
function eventOf({ event, payload, inputs }: RunFacts): Mapping {
  if (event !== 'workflow_dispatch') return payload;
  const texts = Object.entries(inputs).map(([name, value]) => [name, jsonText(value)] as const);
  return { ...payload, inputs: Object.fromEntries(texts) };
}

/** `main` of `refs/heads/main`, `v1` of `refs/tags/v1`, `7/merge` of `refs/pull/7/merge`. */
export function refName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags|pull)\//, '');
}

/**
 * Secrets as a job sees them, through `secrets:` of its callers: `inherit` passes all, a mapping those that it names, and
 * nothing is passed without either. What is empty is not passed; `GITHUB_TOKEN` always is.
 * @param base contexts of the run that are the same at all levels: `github`, `vars`.
 * @throws {ExpressionError} if a mapping cannot be evaluated.
 */
export function scopedSecrets(
  scope: JobScope,
  secrets: Readonly<Record<string, string>>,
  base: Contexts = {},
  path = '',
): Record<string, string> {
  const token = Object.entries(secrets).filter(([name]) => name.toUpperCase() === 'GITHUB_TOKEN');
  return scope.secrets.reduce<Record<string, string>>(
    (known, passed, level) => {
      if (passed === 'inherit') return known;
      const contexts = { ...base, ...scope.callers?.[level], secrets: known };
      return { ...Object.fromEntries(token), ...passedSecrets(passed, contexts, path) };
    },
    { ...secrets },
  );
}

function passedSecrets(template: Template, contexts: Contexts, path: string): Record<string, string> {
  const values = evaluateTemplate(template, { contexts, path });
  const entries = Object.entries(values as Mapping).map(([name, value]) => [name, jsonText(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

function refFacts({ ref, payload }: RunFacts): Mapping {
  return {
    ref,
    ref_name: refName(ref),
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    ref_protected: false,
    head_ref: text(at(payload, 'pull_request', 'head', 'ref')),
    base_ref: text(at(payload, 'pull_request', 'base', 'ref')),
  };
}

/** The forge's own addresses if its payload tells them; otherwise this server's. */
function servers(run: RunFacts): Mapping {
  const page = text(at(run.payload, 'repository', 'html_url'));
  const origin = URL.canParse(page) ? new URL(page).origin : '';
  const server = /^https?:/.test(origin) ? origin : run.serverUrl;
  const isGitHub = server === 'https://github.com';
  const clone = text(at(run.payload, 'repository', 'git_url')) || text(at(run.payload, 'repository', 'clone_url'));
  return {
    server_url: server,
    api_url: isGitHub ? 'https://api.github.com' : `${server}/api/v3`,
    graphql_url: isGitHub ? 'https://api.github.com/graphql' : `${server}/api/graphql`,
    repositoryUrl: clone === '' ? `${server}/${run.repository}.git` : clone,
  };
}

function at(json: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((part, key) => {
    const isMapping = typeof part === 'object' && part !== null && !Array.isArray(part) && Object.hasOwn(part, key);
    return isMapping ? (part as Mapping)[key] : undefined;
  }, json);
}

function text(json: Json | undefined): string {
  return typeof json === 'string' ? json : '';
}

function numberAsText(json: Json | undefined): string {
  return typeof json === 'number' ? String(json) : '';
}
