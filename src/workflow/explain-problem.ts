import { splitAllowedContext } from '@actions/workflow-parser/templates/allowed-context';
import { DefinitionInfo } from '@actions/workflow-parser/templates/schema/definition-info';
import { DefinitionType } from '@actions/workflow-parser/templates/schema/definition-type';
import type { MappingDefinition } from '@actions/workflow-parser/templates/schema/mapping-definition';
import type { SequenceDefinition } from '@actions/workflow-parser/templates/schema/sequence-definition';
import type { StringDefinition } from '@actions/workflow-parser/templates/schema/string-definition';
import type { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { Place } from '../model/workflow.ts';
import { nearest } from '../support/nearest.ts';
import { expressionPlace } from './places.ts';
import { quote } from './workflow-problem.ts';
import type { YamlFile } from './yaml-events.ts';

/** Functions that are known in every expression. */
const FUNCTIONS = ['contains', 'startsWith', 'endsWith', 'format', 'join', 'toJSON', 'fromJSON', 'case'];
/** All contexts that GitHub has, in some place or other. */
const CONTEXTS = 'github env vars job jobs steps runner secrets strategy matrix needs inputs'.split(' ');

interface Spot {
  /** What the schema says of the value at the place, or of the mapping that has the key. */
  readonly infos: readonly DefinitionInfo[];
  readonly isKey: boolean;
}

/** What the parser complains of, in plain words and with its place. */
export function explain(
  file: YamlFile,
  schema: TemplateSchema,
  type: string,
  token: TemplateToken | undefined,
  error: unknown,
  start: Place | undefined,
): { readonly message: string; readonly at: Place | null } {
  const raw = error instanceof Error ? error.message : String(error);
  if (token === undefined || typeof token !== 'object') {
    return { message: `it cannot be read: ${raw}`, at: null };
  }
  const at = token.range?.start ?? null;
  const spot = spotOf(file, schema, type, token);
  if (start !== undefined && at !== null) {
    // the parser says where in the value the expression is; the value begins at its token
    const index = start.line === at.line ? start.column - at.column : 0;
    return { message: expressionWords(raw, spot), at: expressionPlace(file, at, String(token), index, error) };
  }
  return { message: words(raw, spot), at };
}

function words(raw: string, spot: Spot): string {
  const value = /^Unexpected value '(.*)'$/s.exec(raw)?.[1];
  if (value !== undefined) return spot.isKey ? unexpectedKey(value, spot) : unexpectedValue(value, spot);
  const missing = /^Required property is missing: (.*)$/.exec(raw)?.[1];
  if (missing !== undefined) return `the key '${missing}' is missing here`;
  if (raw.startsWith("There's not enough info")) return `${requiredKeys(spot).join(' or ')} is missing here`;
  const twice = /^'(.*)' is already defined$/s.exec(raw)?.[1];
  if (twice !== undefined) return `the key ${quote(twice)} is here twice (case does not count)`;
  const known: Readonly<Record<string, string>> = {
    'A sequence was not expected': 'a list is not expected here',
    'A mapping was not expected': 'a mapping (key: value) is not expected here',
    'A template expression is not allowed in this context': 'an expression is not allowed here',
  };
  if (raw.startsWith('The expression is not closed')) return '${{ is here without its }}';
  return known[raw] ?? `${raw.charAt(0).toLowerCase()}${raw.slice(1)}`;
}

function unexpectedKey(key: string, spot: Spot): string {
  const known = [...new Set(spot.infos.flatMap(keysOf))];
  if (known.includes(key)) return `the key ${quote(key)} does not go with the keys before it`;
  const near = nearest(key, known);
  if (near !== undefined) return `unexpected key ${quote(key)}; did you mean '${near}'?`;
  return `unexpected key ${quote(key)}${known.length > 0 ? `; known here: ${known.join(', ')}` : ''}`;
}

/** The keys that say which of several kinds of mappings this is: a step has `run` or `uses`. */
function requiredKeys(spot: Spot): readonly string[] {
  const required = spot.infos.flatMap(mappingsOf).flatMap((one) => {
    return Object.entries(one.properties).flatMap(([key, property]) => (property.required ? [`'${key}'`] : []));
  });
  const background = ["'wait'", "'wait-all'", "'cancel'", "'parallel'"];
  return [...new Set(required)].filter((key) => !background.includes(key));
}

function unexpectedValue(value: string, spot: Spot): string {
  const accepted = spot.infos.flatMap((info) => info.getScalarDefinitions().map(accepts));
  const lists = spot.infos.some((info) => info.getDefinitionsOfType(DefinitionType.Sequence).length > 0);
  const mappings = spot.infos.some((info) => info.getDefinitionsOfType(DefinitionType.Mapping).length > 0);
  if (lists) accepted.push('a list');
  if (mappings) accepted.push('a mapping');
  const known = [...new Set(accepted)];
  const what = value === '' ? 'nothing stands here' : `unexpected value ${quote(value)}`;
  const near = nearest(value, known);
  if (value !== '' && near !== undefined) return `${what}; did you mean '${near}'?`;
  return known.length > 0 ? `${what}; expected: ${known.join(', ')}` : what;
}

function accepts(definition: { readonly definitionType: DefinitionType }): string {
  if (definition.definitionType === DefinitionType.Boolean) return 'true, false';
  if (definition.definitionType === DefinitionType.Number) return 'a number';
  if (definition.definitionType === DefinitionType.Null) return 'nothing';
  return (definition as StringDefinition).constant || 'text';
}

/** Words for an expression that does not parse, or uses what is not there. */
export function expressionWords(raw: string, spot: Pick<Spot, 'infos'>): string {
  const allowed = [...new Set(spot.infos.flatMap((info) => info.allowedContext))];
  const { namedContexts, functions } = splitAllowedContext(allowed);
  const context = /^Unrecognized named-value: '(.*)'$/s.exec(raw)?.[1];
  if (context !== undefined) {
    const here = `available here: ${namedContexts.join(', ') || 'none'}`;
    if (CONTEXTS.includes(context.toLowerCase())) return `the context '${context}' is not available here; ${here}`;
    const near = nearest(context, namedContexts);
    const hint = near === undefined ? here : `did you mean '${near}'?`;
    return `${quote(context)} is no context (a text in an expression needs single quotes); ${hint}`;
  }
  const name = /^Unrecognized function: '(.*)'$/s.exec(raw)?.[1];
  if (name !== undefined) {
    const known = [...FUNCTIONS, ...functions.map((one) => one.name)];
    const near = nearest(name, known);
    return `there is no function ${quote(name)} here; ${near === undefined ? `known: ${known.join(', ')}` : `did you mean '${near}'?`}`;
  }
  const symbol = /^Unexpected symbol: '(.*?)'(?:\. Located.*)?$/s.exec(raw)?.[1];
  if (symbol?.startsWith('"')) return `${quote(symbol)}: a text in an expression needs single quotes`;
  if (symbol !== undefined) {
    const hint = /^[-+*/%]/.test(symbol) ? '; expressions have no arithmetic' : '';
    return `the expression cannot be read at ${quote(symbol)}${hint}`;
  }
  if (raw.startsWith('Unexpected end of expression')) return 'the expression ends too early';
  if (raw.startsWith('Too ')) return `${raw.replace('supplied', 'for the function').toLowerCase()}`;
  if (raw === 'An expression was expected') return '${{ }} is empty';
  return raw === 'ErrorExceededMaxLength' ? TOO_LONG : `${raw.charAt(0).toLowerCase()}${raw.slice(1)}`;
}

/** GitHub's bound on an expression, and on a text with expressions in it. */
export const TOO_LONG = 'an expression, or a text with expressions in it, can have 21,000 characters at most';

/** Goes to the token from the top, along the schema. Costs time; only for files that are wrong. */
function spotOf(file: YamlFile, schema: TemplateSchema, type: string, token: TemplateToken): Spot {
  const stack: { readonly infos: readonly DefinitionInfo[]; key?: string }[] = [];
  let value: readonly DefinitionInfo[] = [new DefinitionInfo(schema, type)];
  for (const event of file.events) {
    const top = stack.at(-1);
    if (event.kind === 'end') {
      stack.pop();
      continue;
    }
    if (event.kind === 'key') {
      if (top !== undefined) top.key = event.token.toString();
      if (event.token === token) return { infos: top?.infos ?? [], isKey: true };
      continue;
    }
    if (top !== undefined) value = below(schema, top.infos, top.key);
    if (event.token === token) return { infos: value, isKey: false };
    if (event.kind !== 'scalar') stack.push({ infos: value });
  }
  return { infos: [], isKey: false };
}

/** What the schema says of the value of a key, or of the items of a list. */
function below(
  schema: TemplateSchema,
  infos: readonly DefinitionInfo[],
  key: string | undefined,
): readonly DefinitionInfo[] {
  const made = (parent: DefinitionInfo, name: string | undefined) =>
    name === undefined || name === '' ? [] : [new DefinitionInfo(parent, schema.getDefinition(name))];
  return infos.flatMap((info) => {
    if (key === undefined) {
      const sequences = info.getDefinitionsOfType(DefinitionType.Sequence) as SequenceDefinition[];
      return sequences.flatMap((one) => made(info, one.itemType));
    }
    return mappingsOf(info).flatMap((one) => made(info, one.properties[key]?.type ?? one.looseValueType));
  });
}

function keysOf(info: DefinitionInfo): readonly string[] {
  return mappingsOf(info).flatMap((one) => Object.keys(one.properties));
}

function mappingsOf(info: DefinitionInfo): readonly MappingDefinition[] {
  return info.getDefinitionsOfType(DefinitionType.Mapping) as MappingDefinition[];
}
