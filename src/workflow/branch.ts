import type { Conclusion } from '../model/conclusion.ts';
import { isPathReason } from './trigger-filters.ts';

/** What a run of a branch has to do with its workflows. */
export interface OfWorkflow {
  /** Path of the file, else the name of the workflow. */
  readonly workflow: string;
  /** Skipped by the policy or the limit, before its files were read: it may concern any workflow. */
  readonly isLeftOut: boolean;
  readonly conclusion: Conclusion | null;
  /** Why it was skipped, in words. */
  readonly reason: string | null;
}

/**
 * Those runs of a branch that say something of one workflow. What its filter of paths let pass by does not concern it,
 * and cannot have broken it.
 */
export function ofWorkflow<Run extends OfWorkflow>(runs: readonly Run[], workflow: string): Run[] {
  return runs.filter((run) => run.isLeftOut || (run.workflow === workflow && !isPassedBy(run)));
}

/** The workflows of the newest commit whose files were read: one that was removed breaks nothing. */
export function workflowsOf<Run extends OfWorkflow & { readonly sha: string }>(runs: readonly Run[]): Set<string> {
  const read = runs.filter((run) => !run.isLeftOut);
  const newest = read.at(-1)?.sha;
  return new Set(read.flatMap(({ sha, workflow }) => (sha === newest ? [workflow] : [])));
}

function isPassedBy({ conclusion, reason }: OfWorkflow): boolean {
  return conclusion === 'skipped' && reason !== null && isPathReason(reason);
}
