import type { Expander, ExpandRequest, Expansion, JobScope, PlannedLeg } from '../../src/model/expansion.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { JobDefinition, WorkflowDefinition } from '../../src/model/workflow.ts';
import type { DispatchedCommit } from '../../src/store/new-dispatch.ts';
import { commitOf, SPEC } from './store.ts';

const AT = { line: 1, column: 1 };

/** What a test says of one job; everything else is as plain as it can be. */
export interface JobSketch {
  readonly needs?: readonly string[];
  /** `success()` (default), `failure()`, `always()`, `cancelled()`, `!cancelled()`, `false`, `throw`, or words with an error: `error: …`. */
  readonly if?: string;
  /** Values of the one dimension of its matrix. Default: none. `{"needs":"id.output"}` takes them from an output, comma-separated. */
  readonly legs?: readonly string[] | { readonly needs: string };
  readonly failFast?: boolean;
  readonly maxParallel?: number;
  readonly continueOnError?: boolean;
  readonly labels?: readonly string[];
  readonly concurrency?: string;
  readonly cancelInProgress?: boolean;
  readonly isLine?: boolean;
  readonly environment?: string;
  readonly skip?: string;
  /** Name of a workflow among `calls`. */
  readonly uses?: string;
}

/** A workflow file of these jobs; `calls` are those that they use, `outputs` (of a called one) are `job.output`. */
export function workflowOf(
  jobs: Readonly<Record<string, JobSketch>>,
  calls: Readonly<Record<string, WorkflowDefinition>> = {},
  outputs: Readonly<Record<string, string>> = {},
): WorkflowDefinition {
  return {
    ...{ path: '.github/workflows/ci.yml', name: 'ci', calls, differences: [] },
    on: { push: {}, workflow_call: { inputs: {}, secrets: {}, outputs } },
    jobs: Object.entries(jobs).map(([id, sketch]): JobDefinition => {
      const { needs = [], uses } = sketch;
      const plain = { id, at: AT, needs, if: { expr: sketch.if ?? 'success()', at: AT }, steps: [] };
      return { ...plain, env: JSON.stringify(sketch), ...(uses === undefined ? {} : { uses }) };
    }),
  };
}

/** A plan of a workflow file. */
export function planOf(definition: WorkflowDefinition, more: Partial<Plan> = {}): Plan {
  return { workflow: definition.name, path: definition.path, definition, keyRef: 'refs/heads/main', jobs: [], ...more };
}

/** Commit number `n` with a plan of a workflow file. */
export function commitWith(n: number, definition: WorkflowDefinition, more: Partial<Plan> = {}): DispatchedCommit {
  return { ...commitOf(n), plan: planOf(definition, more), actor: 'ada', payload: { after: n } };
}

/** Expands what {@link workflowOf} makes. `asked` are the ids of the definitions, in order. */
export class FakeExpander implements Expander {
  readonly asked: string[] = [];
  readonly requests: ExpandRequest[] = [];

  expand(request: ExpandRequest): Expansion {
    const { job, isCancelled, ancestors } = request;
    this.asked.push(job.id);
    this.requests.push(request);
    const isGreen = ancestors.every((result) => result === 'success');
    switch (job.if.expr) {
      case 'success()':
        if (isCancelled || !isGreen) return { kind: 'skip', reason: 'success() is false' };
        break;
      case 'failure()':
        if (isCancelled || !ancestors.includes('failure')) return { kind: 'skip', reason: 'failure() is false' };
        break;
      case 'cancelled()':
        if (!isCancelled) return { kind: 'skip', reason: 'cancelled() is false' };
        break;
      case '!cancelled()':
        if (isCancelled) return { kind: 'skip', reason: '!cancelled() is false' };
        break;
      case 'always()':
        break;
      case 'throw':
        throw new Error('a bug of the expander');
      default:
        if (job.if.expr.startsWith('error: ')) return { kind: 'error', reason: job.if.expr.slice('error: '.length) };
        return { kind: 'skip', reason: `${job.if.expr} is false` };
    }
    return legsOf(request);
  }

  callOutputs(called: WorkflowDefinition, { jobs }: Parameters<Expander['callOutputs']>[1]) {
    const outputs = Object.entries(called.on.workflow_call?.outputs ?? {}).map(([name, path]) => {
      const [job = '', output = ''] = String(path).split('.');
      return [name, jobs[job]?.outputs[output] ?? ''] as const;
    });
    return { outputs: Object.fromEntries(outputs) };
  }
}

function legsOf({ job, scope, needs }: ExpandRequest): Expansion {
  const sketch: JobSketch = JSON.parse(String(job.env));
  const { failFast = true, maxParallel = null, concurrency, cancelInProgress = false, isLine = false } = sketch;
  const legs = valuesOf(sketch, needs).map((value) => {
    const key = value === undefined ? job.id : `${job.id} (${value})`;
    const common = {
      ...{ key, name: [...scope.names, key].join(' / '), strategy: {} },
      matrix: value === undefined ? {} : { value },
      ...(concurrency === undefined ? {} : { concurrency: { group: concurrency, cancelInProgress, isLine } }),
    };
    return sketch.uses === undefined
      ? { ...common, ...plannedJob(sketch, job) }
      : { ...common, kind: 'call' as const, scope: calledScope(scope, key, sketch.uses) };
  });
  return { kind: 'jobs', legs, failFast, maxParallel };
}

function valuesOf({ legs }: JobSketch, needs: ExpandRequest['needs']): readonly (string | undefined)[] {
  if (legs === undefined) return [undefined];
  if (!('needs' in legs)) return legs;
  const [job = '', output = ''] = legs.needs.split('.');
  return (needs[job]?.outputs[output] ?? '').split(',');
}

function plannedJob(sketch: JobSketch, job: JobDefinition) {
  const { labels = [], continueOnError = false, environment, skip } = sketch;
  const actions = { server: 'https://github.com', allow: [], pinned: false, nearestVersion: false };
  return {
    ...{ kind: 'job' as const, labels, continueOnError },
    ...(environment === undefined ? {} : { environment }),
    ...(skip === undefined ? {} : { skip }),
    spec: { ...SPEC, steps: [], workflow: { path: 'ci.yml', job, actions } },
  } satisfies Partial<PlannedLeg>;
}

function calledScope(scope: JobScope, name: string, uses: string): JobScope {
  return { calls: [...scope.calls, uses], names: [...scope.names, name], inputs: {}, secrets: ['inherit'] };
}
