import { readFile } from 'node:fs/promises';
import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type * as z from 'zod';
import { CiError, messageOf } from '../support/ci-error.ts';
import { nearest } from '../support/nearest.ts';
import { type ConfigFile, fileSchema, keysAt } from './load-schema.ts';

/** A flag, a variable or the configuration file says something that cannot be. */
export class ConfigError extends CiError {
  override readonly name = 'ConfigError';
  readonly code = 'E_CONFIG';
}

type Document = ReturnType<typeof parseDocument>;
interface Place {
  readonly document: Document;
  readonly lines: LineCounter;
  readonly file: string;
}

/**
 * Reads and checks a configuration file. One that does not exist is empty, unless `isRequired`.
 * @throws {ConfigError} with `file:line:column`, what is there, what is accepted, and the nearest valid key.
 */
export async function loadFile(file: string, isRequired: boolean): Promise<ConfigFile> {
  const text = await readText(file, isRequired);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const place = { document, lines, file };
  const [error] = document.errors;
  if (error !== undefined)
    throw new ConfigError(`${at(place, error.pos[0])}: this is not valid YAML: ${error.message}`);
  const parsed = fileSchema.safeParse(toValue(place) ?? {});
  if (parsed.success) return parsed.data;
  throw new ConfigError(firstOf(parsed.error.issues, place));
}

async function readText(file: string, isRequired: boolean): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    // ENOTDIR: the home is no folder, which whoever makes the home says better
    const isMissing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
    if (isMissing && !isRequired) return '';
    throw new ConfigError(`${file}: cannot be read (${messageOf(cause)}); name another file with --config FILE`, {
      cause,
    });
  }
}

function toValue(place: Place): unknown {
  try {
    return place.document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw new ConfigError(`${place.file}:1:1: ${messageOf(cause)}`, { cause });
  }
}

/** The message of the issue that stands first in the file. */
function firstOf(issues: readonly z.core.$ZodIssue[], place: Place): string {
  const found = issues.map((issue) => ({ issue, offset: offsetOf(issue, place.document) }));
  found.sort((a, b) => a.offset - b.offset);
  const [first] = found;
  return first === undefined
    ? `${place.file}: it is not valid`
    : `${at(place, first.offset)}: ${describe(first.issue, place)}`;
}

function describe(issue: z.core.$ZodIssue, { document }: Place): string {
  if (issue.code === 'unrecognized_keys') return unknownKey(issue.keys[0] ?? '', issue.path);
  const value: unknown = document.getIn(issue.path);
  const name = issue.path.length > 0 ? issue.path.join('.') : 'the file';
  const shown = issue.path.includes('notify') ? masked : show;
  return value === undefined
    ? `${name} is missing; it must be ${issue.message}`
    : `${name} is ${shown(isNode(value) ? value.toJSON() : value)}; it must be ${issue.message}`;
}

/** The address of a chat is its secret: of addresses in rules only the host is shown. */
function masked(value: unknown): string {
  return show(value).replace(/(https?:\/\/[^/\s"?#]+)[^\s"]*/g, '$1/...');
}

function unknownKey(key: string, path: readonly PropertyKey[]): string {
  const valid = keysAt(path);
  const near = nearest(key, valid);
  const meant = near === undefined ? '' : ` did you mean "${near}"?`;
  return `unknown key "${key}"${path.length > 0 ? ` in ${path.join('.')}` : ''};${meant} valid are ${valid.join(', ')}`;
}

/** Where an issue is: an unknown key itself, else the value, else the mapping in which something is missing. */
function offsetOf(issue: z.core.$ZodIssue, document: Document): number {
  if (issue.code === 'unrecognized_keys') {
    const map = issue.path.length === 0 ? document.contents : document.getIn(issue.path, true);
    const pair = isMap(map) ? map.items.find((item) => String(item.key) === issue.keys[0]) : undefined;
    if (isNode(pair?.key)) return pair.key.range?.[0] ?? 0;
  }
  for (let depth = issue.path.length; depth >= 0; depth--) {
    const node = depth === 0 ? document.contents : document.getIn(issue.path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function at({ file, lines }: Place, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${file}:${line}:${col}`;
}

/** A value as it is shown in a message: short, on one line, without the password of a URL. */
export function show(value: unknown): string {
  const whole = value === null || value === undefined ? 'nothing' : JSON.stringify(value);
  const text = whole.replace(/\/\/[^/\s"]*@/g, '//...@');
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
