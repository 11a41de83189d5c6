import type { Expression, Place, Template } from '../../model/workflow.ts';

/**
 * A scalar of a manifest as a template: `${{ … }}` alone is that expression, several with text around them are one
 * `format(…)`, and a text without any stays a text. Undefined if an expression is not closed.
 */
export function templateOfText(text: string, at: Place): Template | undefined {
  const parts = split(text);
  if (parts === undefined) return undefined;
  const [first] = parts;
  if (parts.length === 1 && first !== undefined)
    return first.isExpression ? { expr: first.text.trim(), at } : first.text;
  if (!parts.some((part) => part.isExpression)) return text;
  return { expr: formatOf(parts), at };
}

/** A condition of a manifest, with or without `${{ }}`; nothing is added to it. Undefined if it is not closed. */
export function conditionOf(text: string, at: Place): Expression | undefined {
  const template = templateOfText(text, at);
  if (template === undefined) return undefined;
  const isExpression = typeof template === 'object' && template !== null && 'expr' in template;
  return { expr: isExpression ? String(template.expr) : text.trim(), at };
}

interface Part {
  readonly isExpression: boolean;
  readonly text: string;
}

function split(text: string): readonly Part[] | undefined {
  const parts: Part[] = [];
  let from = 0;
  for (;;) {
    const start = text.indexOf('${{', from);
    if (start < 0) break;
    const end = endOf(text, start + 3);
    if (end === undefined) return undefined;
    if (start > from) parts.push({ isExpression: false, text: text.slice(from, start) });
    parts.push({ isExpression: true, text: text.slice(start + 3, end) });
    from = end + 2;
  }
  if (from < text.length || parts.length === 0) parts.push({ isExpression: false, text: text.slice(from) });
  return parts;
}

/** Where the `}}` is that is not inside of a string. */
function endOf(text: string, from: number): number | undefined {
  let isQuoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "'") isQuoted = !isQuoted;
    else if (!isQuoted && text.startsWith('}}', at)) return at;
  }
  return undefined;
}

function formatOf(parts: readonly Part[]): string {
  const expressions = parts.filter((part) => part.isExpression);
  let index = 0;
  const pattern = parts
    .map((part) => (part.isExpression ? `{${index++}}` : part.text.replace(/[{}]/g, '$&$&').replaceAll("'", "''")))
    .join('');
  return `format('${pattern}', ${expressions.map((part) => part.text.trim()).join(', ')})`;
}
