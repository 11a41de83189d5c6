import { isFailureLine } from '../model/failure-line.ts';
import type { Api } from '../protocol/api.ts';
import type { ApiJob, ApiRunDetail } from '../protocol/api-schema.ts';
import { CiError } from '../support/ci-error.ts';
import { isBad } from './draw/legs.ts';
import { harmless } from './harmless.ts';

/** How much of the end of a failing step is read, in bytes. */
const TAIL_BYTES = 16_000;
/** Lines that are shown of it. */
const MOST = 6;

/** The step at which a job failed. */
export function failedStep({ steps = [] }: ApiJob): NonNullable<ApiJob['steps']>[number] | undefined {
  return steps.find(
    ({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'error',
  );
}

/**
 * The lines of the log of the first failed job that say why, for a run without failing tests: the first that looks like
 * a failure with what follows, else the last ones of the step. Empty if nothing failed, or the log cannot be had.
 */
export async function failingLines(api: Api, run: ApiRunDetail): Promise<readonly string[]> {
  if ((run.tests?.failed ?? 0) > 0) return [];
  const job = run.jobs.find((one) => isBad(one) && failedStep(one) !== undefined && one.executions > 0);
  if (job === undefined) return [];
  try {
    return tellingLines(await stepText(api, job));
  } catch (error) {
    if (!(error instanceof CiError)) throw error;
    return []; // the log was removed, or the server left: the verdict is shown all the same
  }
}

/** The end of what the failing step wrote. */
async function stepText(api: Api, job: ApiJob): Promise<string> {
  const step = failedStep(job);
  const from = step?.log_offset ?? 0;
  const next = (job.steps ?? []).flatMap(({ log_offset: at }) => (typeof at === 'number' && at > from ? [at] : []))[0];
  const first = next === undefined ? from : Math.max(from, next - TAIL_BYTES);
  const range = `bytes=${first}-${next === undefined ? '' : next - 1}`;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of await api.open(`/api/jobs/${job.id}/log`, { range })) {
    parts.push(Buffer.from(part));
    size += part.length;
    while (size - (parts[0]?.length ?? 0) > TAIL_BYTES) size -= parts.shift()?.length ?? 0;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** The lines of a step's output that tell why it failed. */
export function tellingLines(text: string): readonly string[] {
  let isInGroup = false;
  const lines = harmless(text)
    .split('\n')
    .map((line) => line.replace(/\r$/, '').replace(/^.*\r/s, ''))
    .filter((line) => {
      if (line.startsWith('##[group]')) isInGroup = true;
      if (line.startsWith('##[endgroup]')) isInGroup = false;
      return !isInGroup && line.trim() !== '' && !/^(?:##\[|\[signalbox\])/.test(line);
    });
  const at = lines.findIndex(isFailureLine);
  return at < 0 ? lines.slice(-MOST) : lines.slice(at, at + MOST);
}
