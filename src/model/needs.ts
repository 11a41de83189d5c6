import type { Conclusion } from './conclusion.ts';
import type { GraphFacts } from './job-facts.ts';
import { isFailure } from './run.ts';
import type { JobDefinition, Need, NeedResult, WorkflowDefinition } from './workflow.ts';

/** A job that is over, as `needs` sees it. */
export interface EndedJob extends Pick<GraphFacts, 'definition' | 'continueOnError'> {
  readonly conclusion: Conclusion;
  readonly outputs: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly completedAt: number;
}

const WORST_FIRST: readonly NeedResult[] = ['failure', 'cancelled', 'success', 'skipped'];

/**
 * The `needs` context of jobs of one file, by id of their definitions. Legs of a matrix are one entry: the worst result,
 * and the outputs of all; where several set the same one, that of the leg which ended last counts, as on GitHub.
 */
export function needsOf(jobs: readonly EndedJob[]): Record<string, Need> {
  const needs = new Map<string, Need>();
  for (const job of [...jobs].sort((a, b) => a.completedAt - b.completedAt)) {
    const { result, outputs } = needs.get(job.definition) ?? { result: 'skipped', outputs: {} };
    needs.set(job.definition, { result: worse(result, resultOf(job)), outputs: joined(outputs, job.outputs) });
  }
  return Object.fromEntries(needs);
}

function resultOf({ conclusion, continueOnError }: EndedJob): NeedResult {
  if (isFailure(conclusion)) return continueOnError ? 'success' : 'failure';
  return conclusion === 'success' || conclusion === 'cancelled' ? conclusion : 'skipped';
}

function worse(a: NeedResult, b: NeedResult): NeedResult {
  return WORST_FIRST.find((result) => result === a || result === b) ?? 'skipped';
}

/** An empty output does not hide what another leg said. */
function joined(earlier: Need['outputs'], later: Need['outputs']): Need['outputs'] {
  const said = Object.entries(later).filter(([name, value]) => value !== '' || !Object.hasOwn(earlier, name));
  return { ...earlier, ...Object.fromEntries(said) };
}

/** Ids of all definitions that come before one, direct or not; in no particular order. */
export function ancestorsOf(workflow: Pick<WorkflowDefinition, 'jobs'>, job: JobDefinition): readonly string[] {
  const byId = new Map(workflow.jobs.map((definition) => [definition.id, definition]));
  const found = new Set<string>();
  const look = (needs: readonly string[]) => {
    for (const id of needs) {
      if (found.has(id)) continue;
      found.add(id);
      look(byId.get(id)?.needs ?? []);
    }
  };
  look(job.needs);
  return [...found];
}
