import type { JobSpec } from '../model/plan.ts';
import { isFromFork } from '../model/trust.ts';
import type { JobContexts, Json } from '../model/workflow.ts';
import type { LeaseMessage } from '../protocol/from-dispatcher.ts';

/** What is executed: as a dispatcher leased it, or as a classic runner makes it from a commit. */
export interface ExecutionOrder
  extends Pick<LeaseMessage, 'job' | 'execution' | 'run' | 'repository' | 'sha' | 'tree'> {
  readonly spec: JobSpec;
  /** What the expressions of a workflow's job know; there if `spec.workflow` is. */
  readonly contexts?: JobContexts;
  /** Object folders; where they are not on this machine, the path and the ticket for asking the dispatcher. */
  readonly git: { readonly objects: readonly string[]; readonly path: string; readonly ticket: string };
}

/** Whose code it is: such as may write to the repository, or a stranger's that a person let in. */
export type Trust = 'trusted' | 'stranger';

/** Jobs of both share no workspace, cache, snapshot or variable of the runner. */
export function trustOf({ run, contexts }: Pick<ExecutionOrder, 'run' | 'contexts'>): Trust {
  const { event = {} } = (contexts?.github ?? {}) as { readonly event?: { readonly [key: string]: Json } };
  return isFromFork(run.event, event) ? 'stranger' : 'trusted';
}
