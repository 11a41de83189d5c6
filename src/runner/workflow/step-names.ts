import type { StepDefinition, Template } from '../../model/workflow.ts';
import { type EvaluationScope, evaluateText, isExpression } from '../../workflow/expressions.ts';

/** A name is cut after this many characters. */
const LENGTH = 200;

/** What a step is called, as on GitHub: its `name`, or `Run` and its first line or the action it uses. */
export function stepName(step: StepDefinition, evaluation: EvaluationScope): string {
  const { name, run, uses } = step;
  if (name !== undefined) return oneLine(textOf(name, evaluation)) || 'Run';
  if (uses !== undefined) return `Run ${uses}`;
  return oneLine(`Run ${firstLine(textOf(run ?? '', evaluation))}`);
}

/** The first line that is not empty. */
export function firstLine(text: string): string {
  return text.trimStart().split(/[\r\n]/, 1)[0] ?? '';
}

/** What cannot be evaluated (yet) is shown as it was written. */
function textOf(template: Template, evaluation: EvaluationScope): string {
  try {
    return evaluateText(template, evaluation);
  } catch {
    return isExpression(template) ? (template.text ?? `\${{ ${template.expr} }}`) : '';
  }
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LENGTH ? line : `${line.slice(0, LENGTH - 1)}…`;
}

/** Gives steps without an id the name that `github.action` has for them: `__run`, `__run_2`, `__actions_checkout`. */
export class ActionNames {
  readonly #counts = new Map<string, number>();
  readonly #names = new Map<StepDefinition, string>();

  of(step: StepDefinition): string {
    const name = step.id ?? this.#names.get(step) ?? this.#next(step);
    this.#names.set(step, name);
    return name;
  }

  #next(step: StepDefinition): string {
    const base =
      step.uses === undefined ? '__run' : `__${step.uses.replace(/@.*/, '').replaceAll(/[^A-Za-z0-9_-]+/g, '_')}`;
    const count = (this.#counts.get(base) ?? 0) + 1;
    this.#counts.set(base, count);
    return count === 1 ? base : `${base}_${count}`;
  }
}
