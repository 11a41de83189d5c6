import { isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type { Place } from '../../model/workflow.ts';
import { messageOf } from '../../support/ci-error.ts';
import { ActionError } from './action.ts';
import { type ManifestFile, manifestSchema } from './manifest-schema.ts';

/** An `action.yml` that was read and has the form of one. */
export interface ManifestText {
  readonly file: ManifestFile;
  /** Where a value stands; the mapping around it, if it is not there. */
  placeOf(...path: readonly string[]): Place;
  /** An error of the file, with its place. */
  error(path: readonly string[], message: string): ActionError;
}

/**
 * Reads the text of a manifest. `path` is for messages.
 * @throws {ActionError} `action.yml:3:5: …`
 */
export function readManifestText(path: string, text: string): ManifestText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const words = ({ line, column }: Place, message: string) => new ActionError(`${path}:${line}:${column}: ${message}`);
  const [error] = document.errors;
  if (error !== undefined) throw words(placeAt(error.pos[0]), `this is not valid YAML: ${error.message}`);
  const placeOf = (...keys: readonly string[]) => placeAt(offsetOf(document, keys));
  const parsed = manifestSchema.safeParse(toValue(document, (message) => words({ line: 1, column: 1 }, message)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const keys = (issue?.path ?? []).map(String);
    const value = keys.length === 0 ? document.contents : document.getIn(keys);
    const name = keys.join('.') || 'the file';
    const accepted = issue?.message ?? 'something else';
    const message = value == null ? `${name} is missing; it must be ${accepted}` : `${name} must be ${accepted}`;
    throw words(placeOf(...keys), message);
  }
  return { file: parsed.data, placeOf, error: (keys, message) => words(placeOf(...keys), message) };
}

function toValue(document: ReturnType<typeof parseDocument>, refuse: (message: string) => ActionError): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (cause) {
    throw refuse(messageOf(cause));
  }
}

/** The value at these keys; where it is missing, the nearest mapping around it. */
function offsetOf(document: ReturnType<typeof parseDocument>, keys: readonly string[]): number {
  for (let depth = keys.length; depth >= 0; depth--) {
    const at = keys.slice(0, depth);
    const node = depth === 0 ? document.contents : document.getIn(at, true);
    if (isNode(node) && node.range) return node.range[0];
    const parent = depth <= 1 ? document.contents : document.getIn(at.slice(0, -1), true);
    const pair = isMap(parent) ? parent.items.find((item) => String(item.key) === at.at(-1)) : undefined;
    if (isNode(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  return 0;
}
