import { getActionSchema } from '@actions/workflow-parser/actions/action-schema';
import type { MappingDefinition } from '@actions/workflow-parser/templates/schema/mapping-definition';
import type { StringDefinition } from '@actions/workflow-parser/templates/schema/string-definition';
import type { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema';

const patched = new WeakSet<TemplateSchema>();

/** GitHub's schema of workflow files, without the slips of the version at hand. */
export function workflowSchema(): TemplateSchema {
  const schema = withoutPrototypes(getWorkflowSchema());
  // 0.3.61 has the name of another event here, and so refuses `on: [repository_dispatch]`
  const dispatch = schema.definitions['repository-dispatch-string'] as StringDefinition | undefined;
  if (dispatch !== undefined) dispatch.constant = 'repository_dispatch';
  return schema;
}

/** GitHub's schema of `action.yml`. */
export function actionSchema(): TemplateSchema {
  return withoutPrototypes(getActionSchema());
}

/** Keys such as `constructor` would be found in the objects that hold the known keys. */
function withoutPrototypes(schema: TemplateSchema): TemplateSchema {
  if (patched.has(schema)) return schema;
  patched.add(schema);
  for (const definition of Object.values(schema.definitions)) {
    const { properties } = definition as Partial<MappingDefinition>;
    if (properties !== undefined) Object.setPrototypeOf(properties, null);
  }
  return schema;
}
