import type { Json } from '../../model/workflow.ts';

/** What of the `github` context steps find in their environment; the others hold secrets, or more than a text. */
const GITHUB_NAMES = [
  ...['action', 'action_path', 'action_ref', 'action_repository', 'actor', 'actor_id', 'api_url', 'base_ref', 'env'],
  ...['event_name', 'event_path', 'graphql_url', 'head_ref', 'job', 'output', 'path', 'ref', 'ref_name'],
  ...['ref_protected', 'ref_type', 'repository', 'repository_id', 'repository_owner', 'repository_owner_id'],
  ...['retention_days', 'run_attempt', 'run_id', 'run_number', 'server_url', 'sha', 'state', 'step_summary'],
  ...['triggering_actor', 'workflow', 'workflow_ref', 'workflow_sha', 'workspace'],
];

/** With the names of their variables, made once: there are some forty for each process of a step. */
const VARIABLES = GITHUB_NAMES.map((name) => ({ name, variable: `GITHUB_${name.toUpperCase()}` }));

type Mapping = { readonly [name: string]: Json };

/** The variables `GITHUB_…` and `RUNNER_…`; they win over all others. */
export function contextVariables(github: Mapping, runner: Mapping): Record<string, string> {
  const variables: Record<string, string> = { GITHUB_ACTIONS: 'true' };
  for (const { name, variable } of VARIABLES) {
    const value = github[name];
    if (value !== undefined && value !== null) variables[variable] = String(value);
  }
  for (const [name, value] of Object.entries(runner)) variables[`RUNNER_${name.toUpperCase()}`] = String(value);
  return variables;
}

/** The `runner` context. */
export function runnerContext(facts: {
  readonly name: string;
  readonly temp: string;
  readonly toolCache: string;
  readonly workspace: string;
  readonly isDebug: boolean;
}): Record<string, string> {
  return {
    name: facts.name,
    os: SYSTEMS[process.platform] ?? 'Linux',
    arch: ARCHITECTURES[process.arch] ?? 'X64',
    temp: facts.temp,
    tool_cache: facts.toolCache,
    workspace: facts.workspace,
    environment: 'self-hosted',
    ...(facts.isDebug ? { debug: '1' } : {}),
  };
}

const SYSTEMS: Readonly<Record<string, string>> = { linux: 'Linux', darwin: 'macOS', win32: 'Windows' };
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'X64', arm64: 'ARM64', ia32: 'X86', arm: 'ARM' };
