import { expect, test } from 'vitest';
import { GroupMarks } from '../../src/runner/group-marks.ts';

/** What becomes of output that comes in these pieces. */
function written(...pieces: readonly string[]): string {
  let text = '';
  const marks = new GroupMarks((bytes) => {
    text += bytes.toString();
  });
  for (const piece of pieces) marks.write(Buffer.from(piece));
  marks.end();
  return text;
}

const SAID = 'first\n::group::Sums – all\nstd::group::x\n::endgroup::\n::grouped\n  ::group::no\n::';
const KEPT = 'first\n##[group]Sums – all\nstd::group::x\n##[endgroup]\n::grouped\n  ::group::no\n::';

test('groups of tests that were found are groups of the log, and nothing else is changed', () => {
  expect(written(SAID)).toBe(KEPT);
  expect(written('::group::at the beginning\n')).toBe('##[group]at the beginning\n');
});

test('wherever the output is cut, it is the same', () => {
  for (let at = 1; at < SAID.length; at++) expect(written(SAID.slice(0, at), SAID.slice(at))).toBe(KEPT);
  expect(written(...SAID)).toBe(KEPT);
});
