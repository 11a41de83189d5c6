import type { Entry, Reading } from './token-template.ts';
import { placeOf, textOf } from './token-template.ts';
import { quote } from './workflow-problem.ts';

/** `./path` or `../path`, `docker://image`, `owner/repo@ref`, `owner/repo/path@ref`. */
const ACTION = /^(\.{1,2}(\/.*)?|\.{1,2}\\.*|docker:\/\/.+|[^/@\s]+\/[^/@\s]+(\/[^@\s]*)?@\S+)$/;
/** `./.github/workflows/x.yml`, or the same in another repository at a ref. */
const WORKFLOW =
  /^(\.\/\.github\/workflows\/[^/@\s]+\.ya?ml|[^/@\s]+\/[^/@\s]+\/\.github\/workflows\/[^/@\s]+\.ya?ml@\S+)$/;

/** Is the `uses` of a step something that can be an action? */
export function checkUses(reading: Reading, uses: Entry): void {
  const text = textOf(uses.value);
  if (text === '' || ACTION.test(text)) return;
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
