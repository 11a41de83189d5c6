import type { ApiJob } from '../../protocol/api-schema.ts';
import { oneLine } from '../harmless.ts';
import type { Terminal } from '../terminal.ts';
import { clip } from './width.ts';

/** Was a runner lost while it executed this job? */
export function hasLost({ execution_details: executions = [] }: ApiJob): boolean {
  return executions.some(({ outcome }) => outcome === 'lost' || outcome === 'stale');
}

/** Why there was more than one execution. What was given back before it had begun is no news. */
export function lostLines(job: ApiJob, { colours, width }: Terminal): readonly string[] {
  const { execution_details: executions = [], conclusion } = job;
  const lost = executions.filter(({ outcome }) => outcome === 'lost' || outcome === 'stale');
  return lost.map(({ number, runner, reason, outcome }) => {
    const isLast = number === executions.at(-1)?.number && conclusion === 'error';
    const then = isLast ? 'it is not executed again' : 'it was executed again';
    const late = outcome === 'stale' ? '; its result came too late and does not count' : '';
    const why = reason === null ? '' : ` (${oneLine(reason)})`;
    const words = `execution ${number}: runner ${oneLine(runner)} was lost${why}; ${then}${late}`;
    return `      ${colours.yellow('!')} ${width === undefined ? words : clip(words, width - 8)}`;
  });
}
