import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/index';
import type { Entry, Reading } from './token-template.ts';
import { fieldsOf, placeOf, textOf } from './token-template.ts';
import { NO_LINE } from './value-checks.ts';
import { quote } from './workflow-problem.ts';

/** `./path`, `docker://image`, `owner/repo@ref`, `owner/repo/path@ref`. */
const ACTION = /^(\.[/\\].*|docker:\/\/.+|[^/@\s]+\/[^/@\s]+(\/[^@\s]*)?@[^@\s]+)$/;
/** `./.github/workflows/x.yml`, or the same in another repository at a ref. */
const WORKFLOW =
  /^(\.\/\.github\/workflows\/[^/@\s]+\.ya?ml|[^/@\s]+\/[^/@\s]+\/\.github\/workflows\/[^/@\s]+\.ya?ml@\S+)$/;

/** Is the `uses` of a step something that can be an action? */
export function checkUses(reading: Reading, uses: Entry): void {
  const text = textOf(uses.value);
  if (text === '' || ACTION.test(text)) return;
  if (text.startsWith('../')) {
    reading.problems.add(
      `${quote(text)} is no action; a local one is written from the root of the repository: ./path`,
      placeOf(uses.value),
    );
    return;
  }
  const forms = './path, owner/repo@ref, owner/repo/path@ref or docker://image';
  const hint = /^[^/@\s]+\/[^@\s]+$/.test(text) ? 'the version is missing (owner/repo@v1)' : `expected: ${forms}`;
  reading.problems.add(`${quote(text)} is no action; ${hint}`, placeOf(uses.value));
}

/** Is the `uses` of a job something that can be a reusable workflow? */
export function checkCall(reading: Reading, uses: Entry): void {
  const text = textOf(uses.value);
  if (text === '' || WORKFLOW.test(text)) return;
  const forms = './.github/workflows/file.yml or owner/repo/.github/workflows/file.yml@ref';
  const hint = /^\.\/.*@/.test(text) ? 'a local one has no @ref: it is that of the same commit' : `expected: ${forms}`;
  reading.problems.add(`${quote(text)} is no reusable workflow; ${hint}`, placeOf(uses.value));
}

/** GitHub's bound on the name of a concurrency group. */
const MAX_GROUP = 400;

/** Is a concurrency group that is written out short enough? */
export function checkConcurrency(reading: Reading, token: TemplateToken): void {
  const fields = fieldsOf(reading, token);
  const [queue, cancels] = [fields.get('queue'), fields.get('cancel-in-progress')];
  if (queue !== undefined && textOf(queue.value) === 'max' && textOf(cancels?.value) === 'true')
    reading.problems.add(NO_LINE, placeOf(queue.value));
  const group = fields.get('group')?.value ?? token;
  if (textOf(group).length <= MAX_GROUP) return;
  reading.problems.add(`the name of a concurrency group has ${MAX_GROUP} characters at most`, placeOf(group));
}
