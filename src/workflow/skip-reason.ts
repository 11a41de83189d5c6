import type { Expr } from '@actions/expressions';
import {
  Binary,
  ContextAccess,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Unary,
} from '@actions/expressions/ast';
import { TokenType } from '@actions/expressions/lexer';
import type { ExpandRequest } from '../model/expansion.ts';
import type { Need, NeedResult } from '../model/workflow.ts';
import { shorten } from './expression-error.ts';
import { parseExpression } from './expression-parse.ts';
import { jsonText } from './expression-values.ts';
import { type EvaluationScope, evaluateTree } from './expressions.ts';

/** Most values of contexts that a reason quotes. */
const MAX_QUOTED = 3;

/** Why the condition of a job was false, in words: what it needs, or the condition itself with the values that it reads. */
export function skipReason(request: ExpandRequest, scope: EvaluationScope): string {
  const { condition, isGuarded, tree } = readCondition(request.job.if.expr);
  if (isGuarded && scope.status?.success === false) return whyNotSuccess(request);
  return `if: ${shorten(condition, 200)} was false${quoted(tree, scope)}`;
}

/** The condition as it was written, without the `success() && (…)` around it that a condition without status gets. */
function readCondition(expr: string): { condition: string; isGuarded: boolean; tree: Expr | undefined } {
  const parsed = parseExpression(expr);
  if ('problem' in parsed) return { condition: expr, isGuarded: false, tree: undefined };
  const { tree } = parsed;
  if (isSuccess(tree)) return { condition: expr, isGuarded: true, tree: undefined };
  const [first, second] = tree instanceof Logical && tree.operator.type === TokenType.AND ? tree.args : [];
  const inner = /^success\(\) && \(([\s\S]*)\)$/.exec(expr)?.[1];
  const isAdded = inner !== undefined && first !== undefined && isSuccess(first) && second instanceof Grouping;
  if (!isAdded || (tree as Logical).args.length !== 2) return { condition: expr, isGuarded: false, tree };
  return { condition: inner, isGuarded: true, tree: second.group };
}

function isSuccess(tree: Expr): boolean {
  return tree instanceof FunctionCall && tree.functionName.lexeme.toLowerCase() === 'success' && tree.args.length === 0;
}

function whyNotSuccess({ needs, ancestors, isCancelled }: ExpandRequest): string {
  const bad = Object.entries(needs).filter(([, need]) => need.result !== 'success');
  if (bad.length > 0)
    return bad.map(([id, need], index) => `${index === 0 ? 'it needs ' : ''}${needWords(id, need)}`).join(', and ');
  if (isCancelled) return 'the run was cancelled';
  const worst = (['failure', 'cancelled', 'skipped'] as const).find((result) => ancestors.includes(result));
  return worst === undefined ? 'a job before it did not succeed' : `a job before those that it needs ${PAST[worst]}`;
}

const PAST: Readonly<Record<NeedResult, string>> = {
  success: 'succeeded',
  failure: 'failed',
  cancelled: 'was cancelled',
  skipped: 'was skipped',
};

function needWords(id: string, need: Need): string {
  return `${id}, which ${PAST[need.result]}`;
}

/** ` (github.ref is 'refs/heads/x')`: the contexts that the condition reads, where their values are short. */
function quoted(tree: Expr | undefined, scope: EvaluationScope): string {
  const values = new Map<string, string>();
  for (const read of tree === undefined ? [] : reads(tree)) {
    const name = pathOf(read);
    if (name === undefined || values.size >= MAX_QUOTED) continue;
    const value = evaluateTree(read, scope);
    if (value === null) values.set(name, `${name} is not set`);
    else if (typeof value !== 'object') values.set(name, `${name} is '${shorten(jsonText(value), 80)}'`);
  }
  return values.size === 0 ? '' : ` (${[...values.values()].join(', ')})`;
}

/** The places of an expression where it reads a context, from left to right. */
function reads(tree: Expr): readonly Expr[] {
  if (tree instanceof IndexAccess)
    return pathOf(tree) === undefined ? [...reads(tree.expr), ...reads(tree.index)] : [tree];
  if (tree instanceof Logical || tree instanceof FunctionCall) return tree.args.flatMap(reads);
  if (tree instanceof Binary) return [...reads(tree.left), ...reads(tree.right)];
  if (tree instanceof Unary) return reads(tree.expr);
  return tree instanceof Grouping ? reads(tree.group) : [];
}

/** `github.event.action`; undefined if an index is not written out. */
function pathOf(tree: Expr): string | undefined {
  if (tree instanceof ContextAccess) return tree.name.lexeme;
  if (!(tree instanceof IndexAccess) || !(tree.index instanceof Literal)) return undefined;
  const above = pathOf(tree.expr);
  return above === undefined ? undefined : `${above}.${tree.index.literal.coerceString()}`;
}
