import type { ExpandRequest } from '../model/expansion.ts';
import type { Json, WorkflowDefinition } from '../model/workflow.ts';
import { jsonText } from './expression-values.ts';
import { type EvaluationScope, evaluateTemplate, evaluateText, firstExpression } from './expressions.ts';
import { legKeys, legName } from './job-names.ts';
import { expandMatrix, type MatrixLeg } from './matrix.ts';
import { asBoolean, asMapping, asNumber, type Checked, refuse } from './value-checks.ts';

type Mapping = { readonly [name: string]: Json };

/** One leg of a job, with what its own values are evaluated with. */
export interface JobLeg {
  readonly key: string;
  /** Without the names of callers. */
  readonly name: string;
  /** `null` without a matrix, as on GitHub. */
  readonly matrix: Mapping | null;
  readonly strategy: Mapping;
  readonly scope: EvaluationScope;
}

/** What `strategy` of a job says, evaluated. */
export interface Legs {
  readonly legs: readonly JobLeg[];
  readonly failFast: boolean;
  readonly maxParallel: number | null;
}

/** The jobs that one definition makes: as many as its matrix has combinations, or one. */
export function legsOf({ job }: ExpandRequest, workflow: WorkflowDefinition, scope: EvaluationScope): Legs {
  const checked = (what: string): Checked => ({ what: `${what} of job ${job.id}`, scope, at: job.at });
  const template = job.strategy ?? null;
  const strategy =
    template === null ? {} : asMapping(evaluateTemplate(template, scope) ?? {}, template, checked('strategy'));
  const failFast = asBoolean(strategy['fail-fast'] ?? true, template, checked('fail-fast'));
  const most = Math.trunc(asNumber(strategy['max-parallel'] ?? 0, template, checked('max-parallel')));
  const maxParallel = most > 0 ? most : null;
  const matrix = strategy.matrix ?? null;
  const found = matrix === null ? [] : expandMatrix(matrix, (words) => refuse(words, template, checked('matrix')));
  const combinations: readonly (MatrixLeg | undefined)[] = found.length === 0 ? [undefined] : found;
  const keys = legKeys(
    job.id,
    combinations.map((one) => one?.segments ?? []),
  );
  const legs = combinations.map((one, index): JobLeg => {
    const contexts = {
      matrix: one?.matrix ?? null,
      strategy: {
        'fail-fast': failFast,
        'job-index': index,
        'job-total': combinations.length,
        'max-parallel': maxParallel ?? combinations.length,
      },
    };
    const own: EvaluationScope = { contexts: { ...scope.contexts, ...contexts }, path: workflow.path };
    return { key: keys[index] ?? job.id, name: nameOf(job, one?.segments ?? [], own), scope: own, ...contexts };
  });
  return { legs, failFast, maxParallel };
}

/** A name with an expression is taken as it is; a plain one, or the id, gets the values of the matrix. */
function nameOf(job: ExpandRequest['job'], segments: readonly string[], scope: EvaluationScope): string {
  const template = job.name ?? null;
  if (firstExpression(template) === undefined) return legName(jsonText(template as Json) || job.id, segments);
  return legName(evaluateText(template, scope), []) || legName(job.id, segments);
}
