import { data } from '@actions/expressions';
import type { FunctionDefinition } from '@actions/expressions/funcs/info';
import JSON5 from 'json5';
import type { Json } from '../model/workflow.ts';
import { isEqual, upperCase } from './expression-compare.ts';
import { shorten } from './expression-error.ts';
import { type Converter, jsonText, toJson, toText, type Value } from './expression-values.ts';

/** Most characters that the functions of one evaluation may make: GitHub's own bound. */
export const MAX_RESULT_CHARACTERS = 10 * 1024 * 1024;

/** Most characters that are searched and compared: a tenth of a second, because all others wait meanwhile. */
const MAX_READ_CHARACTERS = 64 * 1024 * 1024;

/** What is left of the characters that an evaluation may make and read. */
export class Budget {
  #toMake = MAX_RESULT_CHARACTERS;
  #toRead = MAX_READ_CHARACTERS;

  /** Call it before the memory is taken. */
  spend(characters: number): void {
    this.#toMake -= characters;
    if (this.#toMake < 0) throw new Error('it makes more than 10 MiB of text, which is the limit');
  }

  /** Call it before texts are searched or compared. */
  read(...values: readonly (Value | undefined)[]): void {
    for (const value of values) if (value instanceof data.StringData) this.#toRead -= value.value.length;
    if (this.#toRead < 0) throw new Error('it searches and compares more than 64 MiB of text, which is the limit');
  }
}

/** How what came before ended, for `success()`, `failure()` and `cancelled()`. */
export interface StatusFacts {
  readonly success: boolean;
  readonly failure: boolean;
  readonly cancelled: boolean;
}

/** What functions need beyond their arguments. */
export interface FunctionSupport {
  readonly converter: Converter;
  readonly budget: Budget;
  readonly status?: StatusFacts | undefined;
  readonly hashFiles?: ((patterns: readonly string[]) => string) | undefined;
  /** Result of a need by its id, for `success('build')`. */
  readonly resultOf: (need: string) => Value;
}

const ANY = 255;
/** Functions beyond those that the package knows, with the least and the most arguments. */
const OWN: readonly (readonly [name: string, minArgs: number, maxArgs: number])[] = [
  ['success', 0, ANY],
  ['failure', 0, ANY],
  ['cancelled', 0, 0],
  ['always', 0, 0],
  ['hashFiles', 1, ANY],
];

/** For the parser: what may be called besides the package's functions; `call` is not used. */
export const OWN_FUNCTIONS: readonly FunctionDefinition[] = OWN.map(([name, minArgs, maxArgs]) => ({
  name,
  minArgs,
  maxArgs,
  call: () => new data.Null(),
}));

/** The functions of one evaluation, by lower-case name; those of the package that copy, have no bound, or differ from GitHub are replaced. */
export function functionsOf(support: FunctionSupport): Map<string, FunctionDefinition> {
  const { budget, converter } = support;
  const text = (value: string) => new data.StringData(value);
  const functions: Record<string, (...args: Value[]) => Value> = {
    success: (...needs) => new data.BooleanData(succeeded(support, needs)),
    failure: (...needs) => new data.BooleanData(failed(support, needs)),
    cancelled: () => new data.BooleanData(statusOf(support, 'cancelled').cancelled),
    always: () => new data.BooleanData(true),
    hashfiles: (...patterns) => text(hashFiles(support, patterns)),
    format: (pattern, ...args) => text(format(pattern === undefined ? '' : toText(pattern), args, budget)),
    join: (list, separator) => text(join(list, separator, budget)),
    tojson: (value) => text(writeJson(value, budget)),
    fromjson: (value) => converter.toValue(readJson(value, budget)),
    ...searches(budget),
  };
  return new Map(
    Object.entries(functions).map(([name, call]) => [name, { name, minArgs: 0, maxArgs: ANY, call }] as const),
  );
}

/** Without regard to case, as `==`; with a bound on what they read. */
function searches(budget: Budget): Record<string, (...args: Value[]) => Value> {
  const search = (isFound: (text: string, part: string) => boolean) => (text: Value | undefined, part?: Value) => {
    if (!text?.primitive || !part?.primitive) return new data.BooleanData(false);
    budget.read(text, part);
    return new data.BooleanData(isFound(upperCase(toText(text)), upperCase(toText(part))));
  };
  const contains = search((text, part) => text.includes(part));
  return {
    contains: (list, item) => {
      if (item === undefined || !(list instanceof data.Array)) return contains(list, item);
      budget.read(item, ...list.values());
      return new data.BooleanData(list.values().some((one) => isEqual(item, one)));
    },
    startswith: search((text, part) => text.startsWith(part)),
    endswith: search((text, part) => text.endsWith(part)),
  };
}

function statusOf(support: FunctionSupport, name: string): StatusFacts {
  if (support.status === undefined) throw new Error(`${name}() can be used in "if" only`);
  return support.status;
}

function succeeded(support: FunctionSupport, needs: readonly Value[]): boolean {
  const status = statusOf(support, 'success');
  if (needs.length === 0) return status.success;
  return needs.every((need) => toText(support.resultOf(toText(need))) === 'success');
}

function failed(support: FunctionSupport, needs: readonly Value[]): boolean {
  const status = statusOf(support, 'failure');
  if (needs.length === 0) return status.failure;
  return needs.some((need) => toText(support.resultOf(toText(need))) === 'failure');
}

function hashFiles(support: FunctionSupport, patterns: readonly Value[]): string {
  if (support.hashFiles === undefined)
    throw new Error('hashFiles() can be used in steps only: here there are no files');
  return support.hashFiles(patterns.map(toText));
}

/** `{0}` is the first argument; `{{` and `}}` are braces. */
function format(pattern: string, args: readonly Value[], budget: Budget): string {
  const parts: string[] = [];
  const add = (part: string) => {
    budget.spend(part.length);
    parts.push(part);
  };
  let end = 0;
  for (const match of pattern.matchAll(/\{\{|\}\}|\{(\d+)\}|[{}]/g)) {
    add(pattern.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[0] === '{{' || match[0] === '}}') add(match[0].charAt(0));
    else if (match[1] === undefined)
      throw new Error(`format() was given a pattern with a lone ${match[0]}: ${shorten(pattern)}`);
    else add(toText(argumentAt(args, Number(match[1]), pattern)));
  }
  add(pattern.slice(end));
  return parts.join('');
}

function argumentAt(args: readonly Value[], index: number, pattern: string): Value {
  const value = args[index];
  if (value === undefined)
    throw new Error(`format() was given ${args.length} values, too few for its pattern: ${shorten(pattern)}`);
  return value;
}

function join(list: Value | undefined, separator: Value | undefined, budget: Budget): string {
  if (list === undefined) return '';
  if (!(list instanceof data.Array)) return list.primitive ? toText(list) : '';
  const between = separator?.primitive ? toText(separator) : ',';
  const parts = list.values().map(toText);
  budget.spend(parts.reduce((sum, part) => sum + part.length + between.length, 0));
  return parts.join(between);
}

function writeJson(value: Value | undefined, budget: Budget): string {
  const parts: string[] = [];
  const write = (part: string) => {
    budget.spend(part.length);
    parts.push(part);
  };
  writeAny(value === undefined ? null : toJson(value), '\n', write);
  return parts.join('');
}

/** As `JSON.stringify` with two spaces, but for numbers: GitHub writes them as everywhere. `line` begins a line. */
function writeAny(json: Json, line: string, write: (part: string) => void): void {
  if (typeof json === 'number') write(jsonText(json));
  else if (typeof json !== 'object' || json === null) write(JSON.stringify(json));
  else writeCollection(json, line, write);
}

function writeCollection(json: object, line: string, write: (part: string) => void): void {
  const isList = Array.isArray(json);
  const [open, close] = isList ? '[]' : '{}';
  const entries = Object.entries(json).filter(([, value]) => value !== undefined);
  const inner = `${line}  `;
  for (const [at, [name, value]] of entries.entries()) {
    write(`${at === 0 ? open : ','}${inner}${isList ? '' : `${JSON.stringify(name)}: `}`);
    writeAny(value, inner, write);
  }
  write(entries.length === 0 ? `${open}${close}` : `${line}${close}`);
}

function readJson(value: Value | undefined, budget: Budget) {
  const text = value === undefined ? '' : toText(value);
  budget.spend(text.length);
  if (text.trim() === '') throw new Error('fromJSON() was given an empty text');
  try {
    return JSON.parse(text);
  } catch (error) {
    return readLenientJson(text, error as Error);
  }
}

/** GitHub's reader takes quotes of the other kind (a list as Python prints it), names without any, comments and last commas, too. */
function readLenientJson(text: string, cause: Error) {
  try {
    return JSON5.parse(text);
  } catch {
    throw new Error(`fromJSON() was given something that is no JSON: ${cause.message}`, { cause });
  }
}
