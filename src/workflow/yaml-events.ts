import {
  BooleanToken,
  type LiteralToken,
  MappingToken,
  NullToken,
  NumberToken,
  SequenceToken,
  StringToken,
} from '@actions/workflow-parser/templates/tokens/index';
import { Composer, isAlias, isCollection, isMap, isScalar, isSeq, type Scalar } from 'yaml';
import type { Place } from '../model/workflow.ts';
import { shorten } from './expression-error.ts';
import { numberText } from './expression-values.ts';
import { type ProblemList, quote } from './workflow-problem.ts';
import { MAX_DEPTH, TOO_DEEP, type YamlTokens, yamlTokens } from './yaml-tokens.ts';

/** Bounds on a file after its aliases were expanded: a few lines of them can stand for billions of values. */
const MAX_EVENTS = 200_000;
const MAX_TEXT = 4 * 1024 * 1024;

/** What one finds going through a YAML file from the top; aliases are expanded. */
export type YamlEvent =
  | { readonly kind: 'key' | 'scalar'; readonly token: LiteralToken }
  | { readonly kind: 'sequence'; readonly token: SequenceToken }
  | { readonly kind: 'mapping'; readonly token: MappingToken }
  | { readonly kind: 'end'; readonly token?: undefined };

/** A YAML file that was read. */
export interface YamlFile {
  readonly text: string;
  readonly events: readonly YamlEvent[];
  /** Offset in the text to line and column. */
  place(offset: number): Place;
  /** Line and column to offset in the text. */
  offset(place: Place): number;
}

interface Walk {
  readonly source: string;
  readonly events: YamlEvent[];
  readonly anchors: Map<string, unknown>;
  /** Nodes that are being expanded: an alias to one of them would never end. */
  readonly open: Set<unknown>;
  readonly problems: ProblemList;
  readonly place: (offset: number) => Place;
  text: number;
}

class Refused extends Error {}

/**
 * Reads a YAML file into events. Syntax errors, and files that are too deep or expand to too much, become problems; the
 * events are undefined then. Never throws.
 */
export function readYaml(source: string, problems: ProblemList): YamlFile | undefined {
  const { text, lines, contents, errors } = compose(source);
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  for (const [message, at] of errors) problems.add(message, at === null ? null : place(at));
  if (errors.length > 0) return undefined;
  const walk: Walk = { source: text, events: [], anchors: new Map(), open: new Set(), problems, place, text: 0 };
  try {
    addNode(walk, contents, 0, { line: 1, column: 1 });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return undefined;
  }
  const offset = ({ line, column }: Place) => (lines.lineStarts[line - 1] ?? 0) + column - 1;
  return { text, events: walk.events, place, offset };
}

interface Composed extends Pick<YamlTokens, 'text' | 'lines'> {
  readonly contents: unknown;
  /** With offsets in the text; null: of the file as a whole. */
  readonly errors: readonly (readonly [message: string, at: number | null])[];
}

function compose(source: string): Composed {
  const composed = composeTokens(yamlTokens(source));
  // what is wrong is told of the file as it was written
  return composed.errors.length > 0 && composed.text !== source ? composeTokens(yamlTokens(source, 0)) : composed;
}

function composeTokens({ text, lines, tokens }: YamlTokens): Composed {
  const refused = (message: string): Composed => ({ text, lines, contents: null, errors: [[message, null]] });
  if (typeof tokens === 'string') return refused(tokens);
  try {
    // the schema is fixed, or a %YAML 1.1 directive would turn `on` into true
    const composer = new Composer({ prettyErrors: false, uniqueKeys: false, schema: 'core', logLevel: 'error' });
    const [document, second] = composer.compose(tokens, true, text.length);
    const found = document?.errors.slice(0, 10) ?? [];
    const errors = found.map((error) => [yamlMessage(error), error.pos[0]] as const);
    const words = 'there is a second YAML document (---) in this file; a workflow is one';
    if (second !== undefined) errors.push([words, second.range[0]]);
    return { text, lines, contents: document?.contents ?? null, errors };
  } catch (error) {
    const isDeep = error instanceof RangeError; // the composer calls itself for each level
    return refused(isDeep ? TOO_DEEP : `it cannot be read as YAML: ${String(error)}`);
  }
}

/** Most characters of what the parser says. */
const MAX_WORDS = 200;

function yamlMessage(error: { readonly message: string }): string {
  const words = shorten(error.message.split('\n')[0] ?? '', MAX_WORDS); // it quotes what it does not understand
  return `not valid YAML: ${words.charAt(0).toLowerCase()}${words.slice(1)}`;
}

function addNode(walk: Walk, node: unknown, depth: number, fallback: Place): void {
  const start = (node as { range?: readonly number[] | null } | null)?.range?.[0];
  const at = start === undefined ? fallback : walk.place(start);
  if (depth > MAX_DEPTH || (depth === MAX_DEPTH && isCollection(node))) refuse(walk, TOO_DEEP, at);
  remember(walk, node);
  if (isAlias(node)) addAlias(walk, node.source, depth, at);
  else if (isMap(node)) {
    push(walk, { kind: 'mapping', token: new MappingToken(undefined, range(at), undefined) }, at);
    for (const pair of node.items) {
      const key = addKey(walk, pair.key, at);
      addNode(walk, pair.value, depth + 1, key);
    }
    walk.events.push({ kind: 'end' });
  } else if (isSeq(node)) {
    push(walk, { kind: 'sequence', token: new SequenceToken(undefined, range(at), undefined) }, at);
    for (const item of node.items) addNode(walk, item, depth + 1, at);
    walk.events.push({ kind: 'end' });
  } else {
    push(walk, { kind: 'scalar', token: literal(walk, isScalar(node) ? node : null, at) }, at);
  }
}

function addAlias(walk: Walk, name: string, depth: number, at: Place): void {
  const node = walk.anchors.get(name);
  if (node === undefined) refuse(walk, `there is no anchor &${name} before this alias`, at);
  if (walk.open.has(node)) refuse(walk, `the alias *${name} stands inside of what it stands for`, at);
  walk.open.add(node);
  addNode(walk, node, depth + 1, at);
  walk.open.delete(node);
}

function addKey(walk: Walk, node: unknown, fallback: Place): Place {
  const target = isAlias(node) ? walk.anchors.get(node.source) : node;
  const start = (node as { range?: readonly number[] | null } | null)?.range?.[0];
  const at = start === undefined ? fallback : walk.place(start);
  if (target !== null && !isScalar(target)) refuse(walk, 'a key must be text', at);
  if (isScalar(target) && target.value === '<<' && target.type === 'PLAIN') {
    refuse(walk, 'merge keys (<<) are not known to GitHub; an alias stands for a whole value', at);
  }
  remember(walk, target);
  const value = isScalar(target) ? target.value : null;
  const text = value === null || value === undefined ? '' : String(value);
  push(walk, { kind: 'key', token: new StringToken(undefined, range(at), text, undefined) }, at);
  return at;
}

/** Anchors count from where they stand; a second one of the same name replaces the first. */
function remember(walk: Walk, node: unknown): void {
  const anchor = (node as { anchor?: string } | null)?.anchor;
  if (anchor !== undefined) walk.anchors.set(anchor, node);
}

function literal(walk: Walk, node: Scalar | null, at: Place): LiteralToken {
  const tag = node?.tag;
  if (tag !== undefined && !tag.startsWith('tag:yaml.org,2002:')) {
    const start = walk.source.lastIndexOf(tag, node?.range?.[0] ?? 0);
    const hint = 'quote the value, or write the expression in ${{ }}';
    refuse(
      walk,
      `unexpected tag ${quote(tag)}: a value that begins with ! is a tag in YAML; ${hint}`,
      start < 0 ? at : walk.place(start),
    );
  }
  const value = node?.value ?? null;
  if (value === null) return new NullToken(undefined, range(at), undefined);
  if (typeof value === 'boolean') return new BooleanToken(undefined, range(at), value, undefined);
  if (typeof value === 'number' && Number.isFinite(value))
    return new FileNumber(undefined, range(at), value, undefined);
  const text = typeof value === 'string' ? value : (node?.source ?? String(value));
  walk.text += text.length;
  return new StringToken(undefined, range(at), text, undefined);
}

/** A number where a text is wanted is written as GitHub writes it: `1E+15`, not `1000000000000000`. */
class FileNumber extends NumberToken {
  override toString(): string {
    return numberText(this.value);
  }

  override clone(omitSource?: boolean): FileNumber {
    const { file, range, definitionInfo, value } = this;
    return omitSource
      ? new FileNumber(undefined, undefined, value, definitionInfo)
      : new FileNumber(file, range, value, definitionInfo);
  }
}

function push(walk: Walk, event: YamlEvent, at: Place): void {
  walk.events.push(event);
  if (walk.events.length > MAX_EVENTS || walk.text > MAX_TEXT) {
    refuse(walk, `with its aliases expanded it is larger than ${MAX_EVENTS} values or 4 MiB of text`, at);
  }
}

function refuse(walk: Walk, message: string, at: Place): never {
  walk.problems.add(message, at);
  throw new Refused(message);
}

/** Start and end are the same: the parser then takes a text of several lines by its value, not by its source. */
function range(at: Place) {
  return { start: at, end: at };
}
