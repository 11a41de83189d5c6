import { JSONObjectReader } from '@actions/workflow-parser/templates/json-object-reader';
import { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import {
  BooleanToken,
  MappingToken,
  NullToken,
  NumberToken,
  SequenceToken,
  StringToken,
  type TemplateToken,
} from '@actions/workflow-parser/templates/tokens/index';

/** What the reader of JSON has and does not show: it hands on a value piece by piece, through a generator for each level. */
interface Pieces {
  getParseEvents(value: unknown): Iterator<unknown>;
}

/**
 * Gets a schema that the parser brings along, without having it checked against the schema of schemas, and without having
 * it handed on piece by piece: both together take an eighth of the time that `signalbox run` has until its first step, and
 * tests compare what comes of it.
 */
export function loadUnchecked(get: () => TemplateSchema): TemplateSchema {
  const pieces = JSONObjectReader.prototype as unknown as Pieces;
  const { load } = TemplateSchema;
  const { getParseEvents } = pieces;
  let json: unknown;
  pieces.getParseEvents = (value) => {
    json = value;
    return [][Symbol.iterator]();
  };
  TemplateSchema.load = () => new TemplateSchema(tokenOf(json).assertMapping('schema'));
  try {
    return get();
  } finally {
    TemplateSchema.load = load;
    pieces.getParseEvents = getParseEvents;
  }
}

function tokenOf(value: unknown): TemplateToken {
  if (typeof value === 'string') return new StringToken(undefined, undefined, value, undefined);
  if (typeof value === 'boolean') return new BooleanToken(undefined, undefined, value, undefined);
  if (typeof value === 'number') return new NumberToken(undefined, undefined, value, undefined);
  if (value === null || value === undefined) return new NullToken(undefined, undefined, undefined);
  if (!Array.isArray(value)) return mappingOf(value);
  const sequence = new SequenceToken(undefined, undefined, undefined);
  for (const item of value) sequence.add(tokenOf(item));
  return sequence;
}

function mappingOf(value: object): MappingToken {
  const mapping = new MappingToken(undefined, undefined, undefined);
  for (const [key, one] of Object.entries(value))
    mapping.add(new StringToken(undefined, undefined, key, undefined), tokenOf(one));
  return mapping;
}
