import type { Place } from '../model/workflow.ts';
import type { YamlFile } from './yaml-events.ts';

const OPEN = '${{';

/** Place of the first `${{` at or after `at`, which is where a value begins; `at` itself if there is none. */
export function firstExpression(file: YamlFile, at: Place): Place {
  const offset = file.text.indexOf(OPEN, file.offset(at));
  return offset < 0 ? at : file.place(offset);
}

/** Place of what an expression without `${{` begins with: after quotes, or in the lines of a block. */
export function bareExpression(file: YamlFile, at: Place): Place {
  return file.place(bareOffset(file, at));
}

/**
 * Place of what is wrong in an expression. `value` is the text of the value that begins at `at`; in it the expression
 * begins at `index`; `error` may know where in the expression it is.
 */
export function expressionPlace(file: YamlFile, at: Place, value: string, index: number, error: unknown): Place {
  let offset = file.offset(at) - 1;
  const before = value.slice(0, index).split(OPEN).length;
  for (let count = 0; count < before; count++) {
    offset = file.text.indexOf(OPEN, offset + 1);
    if (offset < 0) return at;
  }
  const within = positionIn(error);
  if (within === undefined) return file.place(offset);
  const inside = /\S/.exec(file.text.slice(offset + OPEN.length));
  return file.place(offset + OPEN.length + (inside?.index ?? 0) + within);
}

/** As `expressionPlace`, of an expression that has no `${{`. */
export function barePlace(file: YamlFile, at: Place, error: unknown): Place {
  return file.place(bareOffset(file, at) + (positionIn(error) ?? 0));
}

function bareOffset(file: YamlFile, at: Place): number {
  const offset = file.offset(at);
  const first = file.text[offset];
  if (first === '"' || first === "'") return offset + 1;
  if (first !== '|' && first !== '>') return offset;
  const line = file.text.indexOf('\n', offset);
  const text = line < 0 ? null : /\S/.exec(file.text.slice(line));
  return text === null ? offset : line + text.index;
}

/** Characters from the start of the expression; undefined where it is not known, or on a later line. */
function positionIn(error: unknown): number | undefined {
  const { pos, message } = error as { pos?: { line: number; column: number }; message?: string };
  if (pos !== undefined) return pos.line === 0 ? pos.column : undefined;
  const located = /Located at position (\d+) within/.exec(message ?? '')?.[1];
  return located === undefined ? undefined : Number(located) - 1;
}
