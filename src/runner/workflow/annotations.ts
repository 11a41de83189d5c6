import type { Annotation } from '../../model/findings.ts';
import type { WorkflowCommand } from './command-line.ts';

/** Most annotations of one level that one step may make; as on GitHub. */
const PER_STEP_AND_LEVEL = 10;
/** Most of one job; as on GitHub. */
const PER_JOB = 50;
/** A message, and what else is text, is cut after this many characters. */
const [MESSAGE_LIMIT, TEXT_LIMIT] = [4096, 500];

/** The remarks of one job; those that are too many are counted. */
export class Annotations {
  readonly #kept: Annotation[] = [];
  readonly #counts = new Map<string, number>();
  #dropped = 0;

  /** All that are kept, in their order. */
  get kept(): readonly Annotation[] {
    return this.#kept;
  }

  /** How many were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  add(annotation: Annotation): void {
    const key = `${annotation.step ?? -1} ${annotation.level}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (count > PER_STEP_AND_LEVEL || this.#kept.length >= PER_JOB) this.#dropped++;
    else this.#kept.push(shortened(annotation));
  }
}

function shortened(annotation: Annotation): Annotation {
  const { message, title, file } = annotation;
  return {
    ...annotation,
    message: message.slice(0, MESSAGE_LIMIT),
    ...(title === undefined ? {} : { title: title.slice(0, TEXT_LIMIT) }),
    ...(file === undefined ? {} : { file: file.slice(0, TEXT_LIMIT) }),
  };
}

/** The annotation that `::error`, `::warning` or `::notice` makes; `relative` makes a path one of the repository. */
export function annotationOf(
  level: Annotation['level'],
  { properties, data }: WorkflowCommand,
  relative: (file: string) => string,
): Annotation {
  const [file, title] = [properties.get('file'), properties.get('title')];
  return {
    level,
    message: data,
    ...(title ? { title } : {}),
    ...(file ? { file: relative(file) } : {}),
    ...placeOf(properties),
  };
}

type PlaceOf = Pick<Annotation, 'line' | 'endLine' | 'column' | 'endColumn'>;

/** What makes no sense together is left out, as GitHub does: columns over several lines, ends before their beginning. */
function placeOf(properties: ReadonlyMap<string, string>): PlaceOf {
  const endLine = numberOf(properties.get('endline'));
  const line = numberOf(properties.get('line')) ?? endLine;
  const endColumn = numberOf(properties.get('endcolumn'));
  const column = numberOf(properties.get('col')) ?? endColumn;
  if (line === undefined || (endLine !== undefined && endLine < line)) return {};
  const lines = { line, ...(endLine === undefined ? {} : { endLine }) };
  const isOneLine = endLine === undefined || endLine === line;
  if (column === undefined || !isOneLine || (endColumn !== undefined && endColumn < column)) return lines;
  return { ...lines, column, ...(endColumn === undefined ? {} : { endColumn }) };
}

/** A whole number from 0. */
export function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}
