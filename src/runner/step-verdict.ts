import { existsSync } from 'node:fs';
import type { Conclusion, Exit } from '../model/conclusion.ts';
import type { PlannedStep } from '../model/plan.ts';
import type { StepEnd } from './step.ts';

/** How a step, or a whole job, ended. `reason`: in words, when the exit alone does not say it. */
export interface Verdict {
  readonly conclusion: Conclusion;
  readonly reason: string | null;
  readonly exit: Exit | null;
}

/** How a process ended, and whether it was killed here. */
export type ProcessEnd = StepEnd & { readonly hasKilled: boolean };

/** What the end of its process makes of a step; `dir` is the folder it ran in, as people wrote it. */
export function verdictOf(end: ProcessEnd, cwd: string, dir: string): Verdict {
  if (end.kind === 'not_started') {
    const { conclusion, reason, exit } = end;
    return existsSync(cwd) ? { conclusion, reason, exit } : noFolder(dir);
  }
  const { exit } = end;
  if ('status' in exit) return byStatus(exit.status, exit);
  const hint = exit.signal === 'SIGKILL' && !end.hasKilled ? `, not by Signalbox; ${OUT_OF_MEMORY}` : '';
  return { conclusion: 'failure', reason: `killed by signal ${exit.signal}${hint}`, exit };
}

/**
 * The same for a command that Signalbox chose itself, because of a file in the commit: a tool that is not on this machine
 * says nothing of the commit, so its tests could not be asked.
 */
export function foundVerdictOf(end: ProcessEnd, cwd: string, step: PlannedStep, runnerName: string): Verdict {
  const [program] = step.command;
  const isMissing = end.kind === 'not_started' && end.isNotFound && !program.includes('/') && existsSync(cwd);
  if (!isMissing) return verdictOf(end, cwd, step.dir ?? '.');
  const reason =
    `${program} is not installed where this ran (runner ${runnerName}), or is not on the PATH there; install it and try ` +
    'again, or say in an executable ci.sh in the commit what is to be tested';
  return { conclusion: 'error', reason, exit: null };
}

const OUT_OF_MEMORY = 'probably by the kernel, because the machine ran out of memory';

/** A shell says 128 and the number of the signal when what it started was killed. */
function byStatus(status: number, exit: Exit): Verdict {
  if (status === 0) return { conclusion: 'success', reason: null, exit };
  const reason = status === 137 ? `a process of it was killed (SIGKILL), ${OUT_OF_MEMORY}` : null;
  return { conclusion: 'failure', reason, exit };
}

function noFolder(dir: string): Verdict {
  return { conclusion: 'failure', reason: `there is no folder ${dir} in this commit`, exit: null };
}
