import { describeExit } from '../../model/conclusion.ts';
import { MARKER_NAME } from '../process-table.ts';
import { verdictOf } from '../step-verdict.ts';
import { parseKeyValues, parsePaths } from './key-values.ts';
import { OutputLines } from './output-lines.ts';
import { setOwn } from './own-property.ts';
import { failed, type StepCall, type StepOutcome } from './step-call.ts';
import { StepCommands } from './step-commands.ts';
import { FILE_KINDS, type FileKind } from './step-files.ts';
import type { StepHost } from './step-host.ts';

/** A process that does a step, or a part of one. */
export interface StepProcessOrder {
  readonly command: readonly [string, ...string[]];
  /** Absolute. */
  readonly cwd: string;
  /** Added to the environment of the step. */
  readonly env?: Readonly<Record<string, string>>;
  /** May it end well although tests fail? */
  readonly mayHideFailures?: boolean;
  /** Where it runs. Default: where the steps of the job do. */
  readonly host?: StepHost;
}

/**
 * Runs a process of a step: with files by which it can say things, and with its output read for commands. It has failed
 * too if what it said cannot be taken.
 */
export async function runStepProcess(call: StepCall, order: StepProcessOrder): Promise<StepOutcome> {
  const { job } = call;
  job.hasBegun = true;
  const commands = new StepCommands(call);
  const lines = new OutputLines(commands);
  const github = job.github(call.scope, call.github);
  const marker = { [MARKER_NAME]: job.options.env[MARKER_NAME] ?? '' };
  const env = { ...job.processEnv({ ...call.env, ...order.env }, github), ...marker };
  const { command, cwd, mayHideFailures, host = job.host } = order;
  const tests = { cwd, mayHideFailures };
  const onOutput = (bytes: Buffer) => lines.push(bytes);
  const end = await job.steps.execute({ ...host.order({ command, cwd, env }), onOutput, tests, isInterrupted: true });
  lines.end();
  job.log.flush();
  const problem = takeFiles(call);
  const verdict = verdictOf(end, order.cwd, order.cwd);
  if (verdict.conclusion !== 'success') return { ...verdict, reason: reasonOf(verdict) };
  if (problem !== undefined) return { ...failed(problem), exit: verdict.exit };
  return commands.hasFailed ? { ...failed('a workflow command could not be done'), exit: verdict.exit } : verdict;
}

function reasonOf({ reason, exit }: StepOutcome): string | null {
  if (reason !== null || exit === null) return reason;
  return `Process completed with ${describeExit(exit)}.`;
}

/** Does what the files say; the first that says nothing that can be taken is told, in words. */
function takeFiles(call: StepCall): string | undefined {
  let problem: string | undefined;
  for (const kind of FILE_KINDS) {
    const content = call.job.files.read(kind);
    if (content === undefined) continue;
    const error = 'error' in content ? content.error : TAKE[kind](call, content.text);
    if (error === undefined) continue;
    if (kind === 'step_summary') call.job.error(error, call.index);
    else problem ??= `Unable to process file command '${kind}' successfully: ${error}`;
  }
  return problem;
}

const TAKE: Readonly<Record<FileKind, (call: StepCall, text: string) => string | undefined>> = {
  env: (call, text) => takeValues(text, (name, value) => takeVariable(call, name, value)),
  output: (call, text) => takeValues(text, (name, value) => setOwn(call.outputs, name, value)),
  state: (call, text) => takeValues(text, (name, value) => setOwn(call.state, name, value)),
  path: ({ job }, text) => {
    for (const folder of parsePaths(text)) job.addPath(folder);
    return undefined;
  },
  step_summary: ({ job }, text) => {
    return job.addSummary(text)
      ? undefined
      : 'the summaries of all steps may be 4 MiB, and with this one they are more';
  },
};

function takeValues(text: string, take: (name: string, value: string) => void): string | undefined {
  const parsed = parseKeyValues(text);
  if ('error' in parsed) return parsed.error;
  const bad = parsed.entries.find((entry) => entry.some((part) => part.includes('\0')));
  if (bad !== undefined)
    return `'${bad[0].replaceAll('\0', '')}' holds a byte that is 0, which ends a text for most programs`;
  for (const [name, value] of parsed.entries) take(name, value);
  return undefined;
}

function takeVariable({ job, scope, index }: StepCall, name: string, value: string): void {
  if (name.toUpperCase() === 'NODE_OPTIONS')
    job.error(`Can't store ${name} output parameter using '$GITHUB_ENV' command.`, index);
  else job.setEnv(scope, name, value);
}
