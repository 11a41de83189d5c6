import { Lexer, Parser } from '@actions/expressions';
import { Binary, type Expr, FunctionCall, Grouping, IndexAccess, Logical, Unary } from '@actions/expressions/ast';
import { splitAllowedContext } from '@actions/workflow-parser/templates/allowed-context';
import { BasicExpressionToken, type TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { Expression, Place } from '../model/workflow.ts';
import { expressionWords } from './explain-problem.ts';
import { bareExpression, barePlace, firstExpression } from './places.ts';
import { placeOf, type Reading, textOf } from './token-template.ts';

const STATUS = new Set(['success', 'failure', 'cancelled', 'always']);

/**
 * An `if` as an expression with a status function in it: `success() && (…)` where it has none, `success()` where there is
 * no `if`. It may be written with `${{ }}` or without.
 */
export function conditionOf(reading: Reading, token: TemplateToken | undefined, fallback: Place): Expression {
  if (token === undefined) return { expr: 'success()', at: fallback };
  const isMarked = token instanceof BasicExpressionToken;
  const written = isMarked ? token.expression : textOf(token).trim();
  const start = placeOf(token);
  const at = isMarked ? firstExpression(reading.file, start) : bareExpression(reading.file, start);
  if (written === '') return { expr: 'success()', at };
  try {
    return { expr: hasStatus(parse(written, token)) ? written : `success() && (${written})`, at };
  } catch (error) {
    const infos = token.definitionInfo === undefined ? [] : [token.definitionInfo];
    const words = expressionWords(error instanceof Error ? error.message : String(error), { infos });
    reading.problems.add(words, isMarked ? at : barePlace(reading.file, start, error));
    return { expr: 'success()', at };
  }
}

function parse(text: string, token: TemplateToken): Expr | undefined {
  const { namedContexts, functions } = splitAllowedContext(token.definitionInfo?.allowedContext ?? []);
  return new Parser(new Lexer(text).lex().tokens, namedContexts, functions).parse();
}

/** Is there a status function anywhere in it? Without one a condition holds only after success. */
function hasStatus(expr: Expr | undefined): boolean {
  if (expr instanceof FunctionCall) {
    return STATUS.has(expr.functionName.lexeme.toLowerCase()) || expr.args.some(hasStatus);
  }
  if (expr instanceof Binary) return hasStatus(expr.left) || hasStatus(expr.right);
  if (expr instanceof Unary) return hasStatus(expr.expr);
  if (expr instanceof Logical) return expr.args.some(hasStatus);
  if (expr instanceof Grouping) return hasStatus(expr.group);
  if (expr instanceof IndexAccess) return hasStatus(expr.expr) || hasStatus(expr.index);
  return false;
}
