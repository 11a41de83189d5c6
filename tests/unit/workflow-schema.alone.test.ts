import { getActionSchema } from '@actions/workflow-parser/actions/action-schema';
import { JSONObjectReader } from '@actions/workflow-parser/templates/json-object-reader';
import { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema';
import { expect, test, vi } from 'vitest';
import { loadUnchecked } from '../../src/workflow/load-schema.ts';

const TEXT = JSON.stringify({
  version: '1',
  definitions: {
    root: {
      context: ['github', 'always(0,0)'],
      mapping: { properties: { a: 'list', b: { type: 'word', required: true } } },
    },
    list: { sequence: { 'item-type': 'word' } },
    word: { string: { 'require-non-empty': true } },
    no: { boolean: {}, description: 'is it?' },
    either: { 'one-of': ['list', 'word'] },
  },
});

test('a schema that is not checked is the same as one that is', () => {
  const read = () => TemplateSchema.load(new JSONObjectReader(undefined, TEXT));
  expect(loadUnchecked(read)).toEqual(read());
});

test.each([
  ['workflows', getWorkflowSchema],
  ['actions', getActionSchema],
])("the parser's own schema of %s is right by the schema of schemas, and the same", async (_, get) => {
  vi.resetModules();
  const [workflows, actions] = await Promise.all([
    import('@actions/workflow-parser/workflows/workflow-schema'),
    import('@actions/workflow-parser/actions/action-schema'),
  ]);
  const checked = get === getWorkflowSchema ? workflows.getWorkflowSchema() : actions.getActionSchema();
  vi.resetModules();
  const { loadUnchecked: load } = await import('../../src/workflow/load-schema.ts');
  const again = await import('@actions/workflow-parser/workflows/workflow-schema');
  const other = await import('@actions/workflow-parser/actions/action-schema');
  const unchecked = load(get === getWorkflowSchema ? again.getWorkflowSchema : other.getActionSchema);
  expect(JSON.stringify(unchecked)).toBe(JSON.stringify(checked));
});
