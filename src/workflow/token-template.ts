import {
  BasicExpressionToken,
  BooleanToken,
  MappingToken,
  NumberToken,
  type ScalarToken,
  SequenceToken,
  StringToken,
  type TemplateToken,
} from '@actions/workflow-parser/templates/tokens/index';
import type { Place, Template } from '../model/workflow.ts';
import { TOO_LONG } from './explain-problem.ts';
import { firstExpression } from './places.ts';
import type { ProblemList } from './workflow-problem.ts';
import type { YamlFile } from './yaml-events.ts';

const MAX_EXPRESSION = 21_000;
/** Of a text with expressions, what is kept for people. */
const MAX_TEXT = 200;
const TOP: Place = { line: 1, column: 1 };

/** A file that is being read into a definition. */
export interface Reading {
  readonly file: YamlFile;
  readonly problems: ProblemList;
  /** Where the calls of reusable workflows stand, by the ids of their jobs. */
  readonly calls: Map<string, CallPlaces>;
}

/** Places of a call: problems with what is called are told where it is called. */
export interface CallPlaces {
  readonly uses: Place;
  /** By the names as they are written. */
  readonly with: ReadonlyMap<string, Place>;
  readonly secrets: ReadonlyMap<string, Place>;
}

/** One key of a mapping with its value. */
export interface Entry {
  readonly key: string;
  readonly keyAt: Place;
  readonly value: TemplateToken;
}

/** Where a value begins. */
export function placeOf(token: TemplateToken): Place {
  return token.range?.start ?? TOP;
}

/** Keys and values of a mapping; empty for anything else. A key that is an expression is a problem. */
export function entriesOf(reading: Reading, token: TemplateToken | undefined): readonly Entry[] {
  if (!(token instanceof MappingToken)) return [];
  return [...token].flatMap(({ key, value }) => {
    const keyAt = placeOf(key);
    if (key.isExpression) {
      reading.problems.add('an expression as a key is not supported; write the keys out', keyAt);
      return [];
    }
    return [{ key: key.toString(), keyAt, value }];
  });
}

/** The values of a mapping by their keys. */
export function fieldsOf(reading: Reading, token: TemplateToken | undefined): ReadonlyMap<string, Entry> {
  return new Map(entriesOf(reading, token).map((entry) => [entry.key, entry]));
}

/** The value as a template: literals as they are, expressions to be evaluated. */
export function templateOf(reading: Reading, token: TemplateToken): Template {
  if (token instanceof StringToken || token instanceof NumberToken || token instanceof BooleanToken) return token.value;
  if (token instanceof BasicExpressionToken) {
    const at = firstExpression(reading.file, placeOf(token));
    if (token.expression.length > MAX_EXPRESSION) reading.problems.add(TOO_LONG, at);
    const text = token.originalExpressions === undefined ? undefined : token.source?.slice(0, MAX_TEXT);
    return { expr: token.expression, at, ...(text === undefined ? {} : { text }) };
  }
  if (token instanceof SequenceToken) return [...token].map((item) => templateOf(reading, item));
  if (token instanceof MappingToken) {
    const entries = entriesOf(reading, token).map(({ key, value }) => [key, templateOf(reading, value)] as const);
    return { entries };
  }
  if (token.isExpression) reading.problems.add('the directive insert is not supported', placeOf(token));
  return null;
}

/** The template of a key, if it is there: ready to be spread into a definition. */
export function optional<Name extends string>(
  reading: Reading,
  name: Name,
  entry: Entry | undefined,
): { readonly [Key in Name]?: Template } {
  if (entry === undefined) return {};
  return { [name]: templateOf(reading, entry.value) } as { readonly [Key in Name]: Template };
}

/** The text of a literal; numbers and truth values as they are printed. */
export function textOf(token: TemplateToken | undefined): string {
  return token?.isScalar === true && !token.isExpression ? (token as ScalarToken).toString() : '';
}

/** The texts of a list, or of one text. */
export function textsOf(token: TemplateToken | undefined): readonly { readonly text: string; readonly at: Place }[] {
  if (token === undefined) return [];
  const items = token instanceof SequenceToken ? [...token] : [token];
  return items.map((item) => ({ text: textOf(item), at: placeOf(item) }));
}
