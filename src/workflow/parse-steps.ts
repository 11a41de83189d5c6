import { MappingToken, SequenceToken, type TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { StepDefinition } from '../model/workflow.ts';
import { idProblem } from './ids.ts';
import { conditionOf } from './parse-condition.ts';
import { type Entry, fieldsOf, optional, placeOf, type Reading, textOf } from './token-template.ts';
import { checkUses } from './uses.ts';

/** The steps of a job, or of a composite action. */
export function stepsOf(reading: Reading, token: TemplateToken | undefined): readonly StepDefinition[] {
  if (!(token instanceof SequenceToken)) return [];
  const ids = new Set<string>();
  return [...token].flatMap((item) => (item instanceof MappingToken ? [stepOf(reading, item, ids)] : []));
}

function stepOf(reading: Reading, token: MappingToken, ids: Set<string>): StepDefinition {
  const fields = fieldsOf(reading, token);
  const at = placeOf(token);
  const id = fields.get('id');
  if (id !== undefined) checkId(reading, id, ids);
  const uses = fields.get('uses');
  if (uses !== undefined) checkUses(reading, uses);
  return {
    ...(id === undefined ? {} : { id: textOf(id.value) }),
    at,
    ...optional(reading, 'name', fields.get('name')),
    if: conditionOf(reading, fields.get('if')?.value, at),
    ...optional(reading, 'run', fields.get('run')),
    ...(uses === undefined ? {} : { uses: textOf(uses.value) }),
    ...optional(reading, 'shell', fields.get('shell')),
    ...optional(reading, 'workingDirectory', fields.get('working-directory')),
    ...optional(reading, 'with', fields.get('with')),
    ...optional(reading, 'env', fields.get('env')),
    ...optional(reading, 'continueOnError', fields.get('continue-on-error')),
    ...optional(reading, 'timeoutMinutes', fields.get('timeout-minutes')),
  };
}

function checkId(reading: Reading, id: Entry, ids: Set<string>): void {
  const text = textOf(id.value);
  const wrong = idProblem(text);
  if (wrong !== undefined) reading.problems.add(wrong, placeOf(id.value));
  else if (ids.has(text.toLowerCase())) {
    reading.problems.add(`another step has the id '${text}' already`, placeOf(id.value));
  }
  ids.add(text.toLowerCase());
}
