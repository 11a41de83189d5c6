import {
  BooleanToken,
  type LiteralToken,
  MappingToken,
  NullToken,
  NumberToken,
  SequenceToken,
  StringToken,
} from '@actions/workflow-parser/templates/tokens/index';
import {
  Composer,
  type CST,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type Scalar,
} from 'yaml';
import type { Place } from '../model/workflow.ts';
import { type ProblemList, quote } from './workflow-problem.ts';

/** Of lists and mappings in one another, as on GitHub. */
const MAX_DEPTH = 50;
/** Levels of the YAML parser, of which one of the file takes two or three. */
const MAX_STACK = 250;
const TOO_DEEP = `it is nested more than ${MAX_DEPTH} levels deep`;
/** A file of 1 MiB as people write them has 280,000; more means signs only. */
const MAX_LEXEMES = 300_000;
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
export function readYaml(text: string, problems: ProblemList): YamlFile | undefined {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const document = compose(text, lines, problems, place);
  if (document === undefined) return undefined;
  const walk: Walk = { source: text, events: [], anchors: new Map(), open: new Set(), problems, place, text: 0 };
  try {
    addNode(walk, document, 0, { line: 1, column: 1 });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return undefined;
  }
  const offset = ({ line, column }: Place) => (lines.lineStarts[line - 1] ?? 0) + column - 1;
  return { text, events: walk.events, place, offset };
}

function compose(text: string, lines: LineCounter, problems: ProblemList, place: (offset: number) => Place): unknown {
  try {
    const tokens = tokensOf(text, lines);
    if (typeof tokens === 'string') return problems.add(tokens, null);
    // the schema is fixed, or a %YAML 1.1 directive would turn `on` into true
    const composer = new Composer({ prettyErrors: false, uniqueKeys: false, schema: 'core', logLevel: 'error' });
    const [document, second] = composer.compose(tokens, true, text.length);
    const errors = document?.errors ?? [];
    for (const error of errors.slice(0, 10)) problems.add(yamlMessage(error), place(error.pos[0]));
    if (second !== undefined) {
      const words = 'there is a second YAML document (---) in this file; a workflow is one';
      problems.add(words, place(second.range[0]));
    }
    return problems.problems.length > 0 ? undefined : (document?.contents ?? null);
  } catch (error) {
    const isDeep = error instanceof RangeError; // the composer calls itself for each level
    problems.add(isDeep ? TOO_DEEP : `it cannot be read as YAML: ${String(error)}`, null);
    return undefined;
  }
}

/** The tokens of the file, or why they are refused: a file made to cost time is given up early. */
function tokensOf(text: string, lines: LineCounter): readonly CST.Token[] | string {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (++count > MAX_LEXEMES) return `it has more than ${MAX_LEXEMES} words and signs`;
    if (parser.stack.length > MAX_STACK) return TOO_DEEP;
  }
  tokens.push(...parser.end());
  return tokens;
}

function yamlMessage(error: { readonly message: string }): string {
  const words = error.message.split('\n')[0] ?? '';
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
    return new NumberToken(undefined, range(at), value, undefined);
  const text = typeof value === 'string' ? value : (node?.source ?? String(value));
  walk.text += text.length;
  return new StringToken(undefined, range(at), text, undefined);
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
