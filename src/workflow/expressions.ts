import { data, Evaluator, type Expr } from '@actions/expressions';
import type { Binary, FunctionCall } from '@actions/expressions/ast';
import type { Expression, Json, Template, TemplateMapping } from '../model/workflow.ts';
import { CiError } from '../support/ci-error.ts';
import { compare } from './expression-compare.ts';
import { ExpressionError, shorten } from './expression-error.ts';
import { Budget, functionsOf, type StatusFacts } from './expression-functions.ts';
import { parseExpression } from './expression-parse.ts';
import {
  ContextsValue,
  type ContextValue,
  Converter,
  isTruthy,
  jsonText,
  toJson,
  type Value,
} from './expression-values.ts';

/** Contexts by name (`github`, `needs` …), as plain JSON; one that is absent is null. Nothing in them is changed. */
export type Contexts = { readonly [name: string]: ContextValue };

/** What expressions are evaluated with. */
export interface EvaluationScope {
  readonly contexts: Contexts;
  /** Absent where status functions may not be used. */
  readonly status?: StatusFacts;
  /** Hash of the files that fit the patterns, hex; '' if none does. Absent on the server. */
  readonly hashFiles?: (patterns: readonly string[]) => string;
  /** Path of the workflow file, for messages. */
  readonly path: string;
}

/**
 * The value of an expression, with GitHub's coercions; an object or a list of a context is returned as it is, not copied.
 * @throws {ExpressionError} if it cannot be read or evaluated, or makes more than 10 MiB of text.
 */
export function evaluate(expression: Expression, scope: EvaluationScope): Json {
  return evaluateWithin(expression, scope, new Budget());
}

/**
 * The value of a template: mappings and lists with all that is in them.
 * @throws {ExpressionError} as `evaluate`; all expressions of a template share one bound.
 */
export function evaluateTemplate(template: Template, scope: EvaluationScope): Json {
  return evaluateAny(template, scope, new Budget());
}

/** The value of a template as GitHub puts it into a text: null is '', a list `Array`, a mapping `Object`. */
export function evaluateText(template: Template, scope: EvaluationScope): string {
  return jsonText(evaluateTemplate(template, scope));
}

/** Is the expression true, as `if` takes it? */
export function evaluateCondition(expression: Expression, scope: EvaluationScope): boolean {
  return isTruthy(evaluate(expression, scope));
}

/** Is this part of a template an expression? */
export function isExpression(template: Template | undefined): template is Expression {
  return typeof template === 'object' && template !== null && 'expr' in template;
}

/** Is this part of a template a mapping? */
export function isMapping(template: Template | undefined): template is TemplateMapping {
  return typeof template === 'object' && template !== null && 'entries' in template && !Array.isArray(template);
}

/** The first expression in a template, for the place of a message. */
export function firstExpression(template: Template | undefined): Expression | undefined {
  if (typeof template !== 'object' || template === null) return undefined;
  if (isExpression(template)) return template;
  const parts = isMapping(template) ? template.entries.map(([, value]) => value) : (template as readonly Template[]);
  for (const part of parts) {
    const found = firstExpression(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function evaluateAny(template: Template, scope: EvaluationScope, budget: Budget): Json {
  if (typeof template !== 'object' || template === null) return template;
  if (isExpression(template)) return evaluateWithin(template, scope, budget);
  if (!isMapping(template)) return (template as readonly Template[]).flatMap((item) => itemsOf(item, scope, budget));
  const entries = template.entries.map(([key, value]) => [key, evaluateAny(value, scope, budget)] as const);
  // defines properties, where an assignment to `__proto__` would do something else
  return Object.fromEntries(entries);
}

/** An expression that stands for a list puts what is in it into the list that it is an item of, as on GitHub. */
function itemsOf(item: Template, scope: EvaluationScope, budget: Budget): readonly Json[] {
  const value = evaluateAny(item, scope, budget);
  return isExpression(item) && Array.isArray(value) ? (value as readonly Json[]) : [value];
}

function evaluateWithin(expression: Expression, scope: EvaluationScope, budget: Budget): Json {
  const parsed = parseExpression(expression.expr);
  const where = { path: scope.path, at: expression.at };
  const shown = shorten(expression.text ?? expression.expr);
  if ('problem' in parsed)
    throw new ExpressionError(`the expression "${shown}" cannot be read: ${parsed.problem}`, where);
  try {
    return toJson(run(parsed.tree, scope, budget));
  } catch (error) {
    if (error instanceof CiError) throw error;
    throw new ExpressionError(`the expression "${shown}" failed: ${inWords(error)}`, where, { cause: error });
  }
}

/** Evaluates a part of an expression that was parsed; throws what the evaluator throws. */
export function evaluateTree(tree: Expr, scope: EvaluationScope): Json {
  return toJson(run(tree, scope, new Budget()));
}

function run(tree: Expr, scope: EvaluationScope, budget: Budget): Value {
  const converter = new Converter();
  const contexts = new ContextsValue(scope.contexts, converter);
  const functions = functionsOf({
    converter,
    budget,
    status: scope.status,
    hashFiles: scope.hashFiles,
    resultOf: (need) => property(property(contexts.get('needs'), need), 'result'),
  });
  return new BoundedEvaluator(tree, contexts, functions, budget).evaluate();
}

function property(value: Value, name: string): Value {
  return (value instanceof data.Dictionary ? value.get(name) : undefined) ?? new data.Null();
}

/** A stack that is too small is the only thing that can go wrong without a message made for people. */
function inWords(error: unknown): string {
  if (error instanceof RangeError) return 'it, or what it is given, is nested too deep';
  return error instanceof Error ? error.message : String(error);
}

/** `case` evaluates only what it needs, as on GitHub; the package evaluates all of it. Comparing has a bound. */
class BoundedEvaluator extends Evaluator {
  readonly #budget: Budget;

  constructor(...[tree, contexts, functions, budget]: [...ConstructorParameters<typeof Evaluator>, Budget]) {
    super(tree, contexts, functions);
    this.#budget = budget;
  }

  override visitBinary({ left, operator, right }: Binary): Value {
    const [a, b] = [this.eval(left), this.eval(right)];
    this.#budget.read(a, b);
    return new data.BooleanData(compare(a, operator.type, b));
  }

  override visitFunctionCall(call: FunctionCall): Value {
    return call.functionName.lexeme.toLowerCase() === 'case' ? this.#case(call.args) : super.visitFunctionCall(call);
  }

  #case(args: readonly Expr[]): Value {
    for (const [index, arg] of args.entries()) {
      if (index === args.length - 1) return this.eval(arg);
      if (index % 2 === 1) continue;
      const holds = this.eval(arg);
      if (!(holds instanceof data.BooleanData)) throw new Error('a condition of case() is neither true nor false');
      const value = args[index + 1];
      if (holds.value && value !== undefined) return this.eval(value);
    }
    return new data.Null();
  }
}
