import type { Place } from '../model/workflow.ts';
import { CiError } from '../support/ci-error.ts';

/** Where a value of a workflow file stands: its file, and the place in it if it is known. */
export interface ValuePlace {
  /** Path of the workflow file; '' if there is none. */
  readonly path: string;
  readonly at?: Place;
}

/** A value of a workflow file cannot be worked out; the message begins with `file:line:column`. */
export class ExpressionError extends CiError {
  override readonly name = 'ExpressionError';
  readonly code = 'E_EXPRESSION';
  constructor(words: string, where: ValuePlace, options?: ErrorOptions) {
    super(`${placeText(where)}${words}`, options);
  }
}

/** `.github/workflows/ci.yml:12:9: `, or as much of it as is known. */
function placeText({ path, at }: ValuePlace): string {
  const place = [path, ...(at === undefined ? [] : [at.line, at.column])].filter((part) => part !== '');
  return place.length === 0 ? '' : `${place.join(':')}: `;
}

/** The text on one line and not longer than a line, for messages. */
export function shorten(text: string, length = 120): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
