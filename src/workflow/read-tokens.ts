import type { ObjectReader } from '@actions/workflow-parser/templates/object-reader';
import type { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import { TemplateContext, TemplateValidationErrors } from '@actions/workflow-parser/templates/template-context';
import { readTemplate } from '@actions/workflow-parser/templates/template-reader';
import { MappingToken, type SequenceToken, type TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import { NoOperationTraceWriter } from '@actions/workflow-parser/templates/trace-writer';
import { explain } from './explain-problem.ts';
import { type ProblemList, TooManyProblems } from './workflow-problem.ts';
import { readYaml, type YamlFile } from './yaml-events.ts';

/** A file whose keys, kinds of values and expressions are those that the schema allows. */
export interface TokenTree {
  readonly file: YamlFile;
  readonly root: MappingToken;
}

/**
 * Reads a file by GitHub's schema (`type` is the name of its root there). Undefined if it could not be read at all; what
 * is wrong stands in `problems`. Never throws anything but `TooManyProblems`.
 */
export function readTokens(
  text: string,
  schema: TemplateSchema,
  type: string,
  problems: ProblemList,
): TokenTree | undefined {
  const file = readYaml(text, problems);
  if (file === undefined) return undefined;
  if (file.events[0]?.kind !== 'mapping') {
    const words = text.trim() === '' ? 'the file is empty' : 'the file must be a mapping (key: value)';
    problems.add(words, { line: 1, column: 1 });
    return undefined;
  }
  const context = new ReportingContext(file, schema, type, problems);
  const root = readTemplate(context, type, new EventReader(file), undefined);
  if (context.isFull) throw new TooManyProblems();
  return root instanceof MappingToken ? { file, root } : undefined;
}

/** Gives the parser's complaints their words and their place. */
class ReportingContext extends TemplateContext {
  isFull = false;
  readonly #file: YamlFile;
  readonly #type: string;
  readonly #problems: ProblemList;

  constructor(file: YamlFile, schema: TemplateSchema, type: string, problems: ProblemList) {
    super(new TemplateValidationErrors(), schema, new NoOperationTraceWriter());
    this.#file = file;
    this.#type = type;
    this.#problems = problems;
  }

  override error(token: unknown, error: unknown, range?: { readonly start: { line: number; column: number } }): void {
    if (this.isFull) return;
    const where = token as TemplateToken | undefined;
    const { message, at } = explain(this.#file, this.schema, this.#type, where, error, range?.start);
    try {
      this.#problems.add(message, at);
    } catch (full) {
      this.isFull = true; // the parser reports what is thrown here once more
      throw full;
    }
  }
}

/** Hands the events to the parser as it asks for them. */
class EventReader implements ObjectReader {
  readonly #events: YamlFile['events'];
  #next = 0;

  constructor(file: YamlFile) {
    this.#events = file.events;
  }

  allowLiteral() {
    const event = this.#events[this.#next];
    if (event?.kind !== 'key' && event?.kind !== 'scalar') return undefined;
    this.#next++;
    return event.token;
  }

  allowSequenceStart(): SequenceToken | undefined {
    const event = this.#events[this.#next];
    if (event?.kind !== 'sequence') return undefined;
    this.#next++;
    return event.token;
  }

  allowMappingStart(): MappingToken | undefined {
    const event = this.#events[this.#next];
    if (event?.kind !== 'mapping') return undefined;
    this.#next++;
    return event.token;
  }

  allowSequenceEnd(): boolean {
    return this.#allowEnd();
  }

  allowMappingEnd(): boolean {
    return this.#allowEnd();
  }

  validateStart(): void {}

  validateEnd(): void {}

  #allowEnd(): boolean {
    if (this.#events[this.#next]?.kind !== 'end') return false;
    this.#next++;
    return true;
  }
}
