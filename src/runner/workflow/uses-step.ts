import type { Expression } from '../../model/workflow.ts';
import { evaluateInputs } from './action-inputs.ts';
import { githubOf } from './action-use.ts';
import { runBuiltinPart } from './builtin-action.ts';
import { enterScope } from './composite-action.ts';
import { runDockerAction } from './docker-step.ts';
import { type ActionPart, runNodePart } from './node-action.ts';
import type { ActionUse } from './scope.ts';
import type { StepCall, StepOutcome } from './step-call.ts';
import { printGroup } from './step-header.ts';

/** Does the part of a composite action that is its steps' business. */
export type RunCompositePart = (call: StepCall, use: ActionUse, part: ActionPart) => Promise<StepOutcome>;

/** Executes one part of an action. */
export async function runActionPart(
  outer: StepCall,
  use: ActionUse,
  part: ActionPart,
  runCompositePart: RunCompositePart,
): Promise<StepOutcome> {
  const call = inAction(outer, use);
  const { action } = use;
  const { values, shown } = evaluateInputs(call, action.manifest);
  const lines = Object.entries(shown).filter(([, value]) => value !== '');
  const title = `${part === 'main' ? '' : `${part === 'pre' ? 'Pre' : 'Post'} `}Run ${use.uses}`;
  printGroup(call, title, lines.length === 0 ? [] : ['with:', ...lines.map(([name, value]) => `  ${name}: ${value}`)]);
  if (action.kind === 'node') return runNodePart(call, action, part, values);
  if (action.kind === 'builtin') return runBuiltinPart(call, action, part === 'post' ? 'post' : 'main', values);
  if (action.kind === 'docker') return runDockerAction(call, action, part, values);
  if (use.scope !== undefined) enterScope(call, use.scope, values);
  return runCompositePart(call, use, part);
}

/** The same step, seen from within its action. */
function inAction(call: StepCall, use: ActionUse): StepCall {
  const github = { ...call.github, ...githubOf(use) };
  return { ...call, github, state: use.state, evaluation: call.job.evaluation(call.scope, call.env, github) };
}

const ALWAYS: Expression = { expr: 'always()', at: { line: 1, column: 1 } };

/** When a part of an action is executed. */
export function conditionOf({ action }: ActionUse, part: 'pre' | 'post'): Expression {
  if (action.kind === 'composite') return ALWAYS;
  return part === 'pre' ? action.preIf : action.postIf;
}

/** Is there something to do before the first step, for this action or one that it uses? */
export async function hasPre({ action, scope }: ActionUse): Promise<boolean> {
  if (action.kind === 'node') return action.pre !== undefined;
  if (action.kind === 'docker') return action.preEntrypoint !== undefined;
  const inner = await Promise.allSettled(scope?.uses.values() ?? []);
  const known = inner.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  for (const use of known) if (await hasPre(use)) return true;
  return false;
}

/** Is there something to do after the last step, for this action or one that it began to use? */
export function hasPost({ action, scope }: ActionUse): boolean {
  if (action.kind === 'node') return action.post !== undefined;
  if (action.kind === 'docker') return action.postEntrypoint !== undefined;
  if (action.kind === 'builtin') return action.action.post !== undefined;
  return [...(scope?.begun ?? [])].some(hasPost);
}
