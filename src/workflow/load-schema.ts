import type { ObjectReader } from '@actions/workflow-parser/templates/object-reader';
import { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import type { MappingToken, TemplateToken } from '@actions/workflow-parser/templates/tokens/index';

/**
 * Gets a schema that the parser brings along, without having it checked against the schema of schemas: that takes a tenth
 * of the time that `signalbox run` has until its first step, and a test does it.
 */
export function loadUnchecked(get: () => TemplateSchema): TemplateSchema {
  const { load } = TemplateSchema;
  TemplateSchema.load = (reader) => new TemplateSchema(rootOf(reader));
  try {
    return get();
  } finally {
    TemplateSchema.load = load;
  }
}

function rootOf(reader: ObjectReader): MappingToken {
  reader.validateStart();
  const root = tokenOf(reader).assertMapping('schema');
  reader.validateEnd();
  return root;
}

function tokenOf(reader: ObjectReader): TemplateToken {
  const literal = reader.allowLiteral();
  if (literal !== undefined) return literal;
  const sequence = reader.allowSequenceStart();
  if (sequence !== undefined) {
    while (!reader.allowSequenceEnd()) sequence.add(tokenOf(reader));
    return sequence;
  }
  const mapping = reader.allowMappingStart();
  if (mapping === undefined) throw new Error('the schema of the parser cannot be read');
  while (!reader.allowMappingEnd()) mapping.add(tokenOf(reader).assertString('key'), tokenOf(reader));
  return mapping;
}
