import { describeExit, worstOf } from '../model/conclusion.ts';
import type { JobSpec } from '../model/plan.ts';
import { unittestLine } from '../protocol/classic.ts';
import type { ExecutionResult } from '../protocol/execution-result.ts';

/** One job of a commit, executed. */
export interface ClassicOutcome {
  readonly key: string;
  readonly spec: JobSpec;
  readonly result: Pick<ExecutionResult, 'conclusion' | 'reason' | 'exit'>;
  readonly log: Buffer;
}

/** The verdict of unittest stands near the end; what comes after it is ours. */
const TAIL_BYTES = 64 * 1024;

/**
 * The text of `results`: the logs of all jobs, and at its end the line that readers of unittest look for: unittest's own
 * where it was the one that said it, else one in its form (`OK`, `FAILED (exit code 1)`; `ERROR (…)`: could not be asked).
 */
export function classicText(outcomes: readonly ClassicOutcome[]): Buffer {
  const [first] = outcomes;
  const own = first !== undefined && outcomes.length === 1 ? ownLine(first) : undefined;
  return Buffer.concat([...outcomes.map(({ log }) => log), lastLine(own ?? lineOf(outcomes))]);
}

/** The text for a commit that could not be tested. */
export function classicErrorText(why: string): Buffer {
  return Buffer.concat([Buffer.from(`[signalbox] ${why}\n`), lastLine(`ERROR (${oneLine(why)})`)]);
}

/** The text for a commit in which no tests were found. */
export function classicSkippedText(why: string): Buffer {
  return Buffer.concat([Buffer.from(`[signalbox] ${why}\n`), lastLine('NO TESTS RAN')]);
}

/** What unittest said, if it says the same as the exit code. */
function ownLine({ spec, result, log }: ClassicOutcome): string | undefined {
  if (!spec.steps.some(({ command }) => command.includes('unittest'))) return undefined;
  const line = unittestLine(log.toString('utf8', Math.max(0, log.length - TAIL_BYTES)));
  if (result.conclusion === 'success') return line?.startsWith('OK') ? line : undefined;
  return result.conclusion === 'failure' && /^(?:FAILED|NO TESTS RAN)/.test(line ?? '') ? line : undefined;
}

function lineOf(outcomes: readonly ClassicOutcome[]): string {
  const worst = worstOf(outcomes.map(({ result }) => result.conclusion));
  if (worst === 'success' || worst === 'skipped') return 'OK';
  const bad = outcomes.filter(({ result }) => result.conclusion !== 'success');
  const whys = bad.map((one) => (outcomes.length === 1 ? whyOf(one) : `${one.key}: ${whyOf(one)}`));
  const word = worst === 'failure' || worst === 'timed_out' ? 'FAILED' : 'ERROR';
  return `${word} (${whys.join('; ')})`;
}

function whyOf({ result: { conclusion, reason, exit } }: ClassicOutcome): string {
  if (reason !== null) return oneLine(reason);
  return exit === null ? conclusion : describeExit(exit);
}

/** Alone after an empty line, as unittest writes it. */
function lastLine(line: string): Buffer {
  return Buffer.from(`\n${line}\n`);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
