import type { Template } from '../../model/workflow.ts';
import { jsonText } from '../../workflow/expression-values.ts';
import { type EvaluationScope, evaluateTemplate } from '../../workflow/expressions.ts';

/** The texts of a mapping: of `env`, `with`, `defaults.run`. Null is ''. @throws {ExpressionError} */
export function evaluateTexts(template: Template | undefined, evaluation: EvaluationScope): Record<string, string> {
  if (template === undefined) return {};
  const value = evaluateTemplate(template, evaluation);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, jsonText(one)]));
}
