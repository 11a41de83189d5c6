import type { Annotation } from '../../model/findings.ts';
import type { ExecutionResult } from '../../protocol/execution-result.ts';
import type { Verdict } from '../step-verdict.ts';

/** How a workflow's job ended, and what it has to say. */
export interface WorkflowEnd {
  readonly verdict: Verdict;
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
  readonly summary: string;
}

/** The same as a part of a result; what is empty is left out. */
export function onTheWire(end: Omit<WorkflowEnd, 'verdict'>): Partial<ExecutionResult> {
  const { outputs, annotations, summary } = end;
  return {
    ...(Object.keys(outputs).length === 0 ? {} : { outputs: { ...outputs } }),
    ...(annotations.length === 0 ? {} : { annotations: [...annotations] }),
    ...(summary === '' ? {} : { summary }),
  };
}
