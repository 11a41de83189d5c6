import { wellKnownFunctions } from '@actions/expressions';
import { getActionSchema } from '@actions/workflow-parser/actions/action-schema';
import type { MappingDefinition } from '@actions/workflow-parser/templates/schema/mapping-definition';
import { OneOfDefinition } from '@actions/workflow-parser/templates/schema/one-of-definition';
import type { StringDefinition } from '@actions/workflow-parser/templates/schema/string-definition';
import type { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema';
import { loadUnchecked } from './load-schema.ts';

const patched = new WeakSet<TemplateSchema>();

/** GitHub's schema of workflow files, without the slips of the version at hand. */
export function workflowSchema(): TemplateSchema {
  const schema = loadUnchecked(getWorkflowSchema);
  if (patched.has(schema)) return schema;
  // 0.3.61 has the name of another event here, and so refuses `on: [repository_dispatch]`
  (schema.definitions['repository-dispatch-string'] as StringDefinition).constant = 'repository_dispatch';
  // GitHub takes inputs without anything said of them, and one type without a list
  const inputs = mapping(schema, 'workflow-dispatch-inputs');
  inputs.looseValueType = either(schema, 'null', 'workflow-dispatch-input');
  setType(schema, 'workflow-dispatch-mapping', 'inputs', either(schema, 'null', 'workflow-dispatch-inputs'));
  const types = either(schema, 'non-empty-string', 'sequence-of-non-empty-string');
  setType(schema, 'repository-dispatch-mapping', 'types', types);
  return withoutPrototypes(schema);
}

function mapping(schema: TemplateSchema, name: string): MappingDefinition {
  return schema.definitions[name] as MappingDefinition;
}

function setType(schema: TemplateSchema, name: string, property: string, type: string): void {
  const found = mapping(schema, name).properties[property];
  if (found !== undefined) Object.assign(found, { type }); // read-only by its type, a plain field in fact
}

/** Adds a definition that takes either of two others, and gives its name. */
function either(schema: TemplateSchema, one: string, other: string): string {
  const definition = new OneOfDefinition(`${one}-or-${other}`);
  definition.oneOf.push(one, other);
  schema.definitions[definition.key] = definition;
  return definition.key;
}

/** GitHub's schema of `action.yml`. */
export function actionSchema(): TemplateSchema {
  return withoutPrototypes(loadUnchecked(getActionSchema));
}

/** Keys and functions such as `constructor` would be found in the objects that hold the known ones. */
function withoutPrototypes(schema: TemplateSchema): TemplateSchema {
  if (patched.has(schema)) return schema;
  patched.add(schema);
  Object.setPrototypeOf(wellKnownFunctions, null);
  for (const definition of Object.values(schema.definitions)) {
    const { properties } = definition as Partial<MappingDefinition>;
    if (properties !== undefined) Object.setPrototypeOf(properties, null);
  }
  return schema;
}
