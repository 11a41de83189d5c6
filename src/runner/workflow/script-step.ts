import { existsSync, mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Template } from '../../model/workflow.ts';
import { evaluateText } from '../../workflow/expressions.ts';
import { findShell } from './shells.ts';
import { failed, type StepCall, type StepOutcome } from './step-call.ts';
import { printGroup } from './step-header.ts';
import { firstLine } from './step-names.ts';
import { runStepProcess } from './step-process.ts';

/** `npm test || true`, `npm test | tee log`, `set +e`: the script may end well although a command of it does not. */
const HIDES_FAILURES = /\||\bset \+e\b|\bexit 0\b/;

/** Executes a step that has a `run`. */
export async function runScript(call: StepCall, run: Template): Promise<StepOutcome> {
  const { job, step, scope, evaluation } = call;
  const script = evaluateText(run, evaluation);
  // The defaults of a job are not those of the actions that it uses.
  const runDefaults = scope.depth === 0 ? job.runDefaults : {};
  const shellName = textOr(step.shell, call, runDefaults.shell);
  const folder = textOr(step.workingDirectory, call, runDefaults.workingDirectory);
  // In a container sh is the default, as on GitHub: bash may not be there.
  const defaults = job.host.isContainer ? ['sh'] : ['bash', 'sh'];
  const shell = findShell(shellName, (program) => job.host.which(program, job.searchPath(call.env)), defaults);
  const shown = 'error' in shell ? shellName : shell.shown;
  const lines = script.replaceAll('\r\n', '\n').replace(/\n+$/, '').split('\n');
  printGroup(call, `Run ${firstLine(script)}`, [...lines.map((line) => `\x1b[36;1m${line}\x1b[0m`), `shell: ${shown}`]);
  if ('error' in shell) return failed(shell.error);
  const { temp, workspace } = job.options.places;
  if (!existsSync(temp)) mkdirSync(temp, { recursive: true, mode: 0o700 }); // a step may have removed it
  const [name, text] = [`${job.nextName()}${shell.extension}`, shell.script(script)];
  // without an expression it is what everybody reads in the repository; with one it may hold a secret
  const file = typeof run === 'string' ? job.own.putPublic(name, text) : job.own.put(name, text);
  const mayHideFailures = HIDES_FAILURES.test(script);
  return runStepProcess(call, { command: shell.command(file), cwd: resolve(workspace, folder), mayHideFailures });
}

function textOr(template: Template | undefined, { evaluation }: StepCall, otherwise = ''): string {
  return (template === undefined ? '' : evaluateText(template, evaluation)) || otherwise;
}
